import { ConfigError } from '@unroll/rnn-core';
import type { CharacterUnit, CharacterVocabulary, EncodedText } from '@unroll/text';

/** What an id stands for, in words. */
export const UNITS = {
  byte: { one: 'byte', many: 'bytes' },
  codepoint: { one: 'character', many: 'characters' },
  grapheme: { one: 'grapheme', many: 'graphemes' },
} as const satisfies Record<CharacterUnit, { one: string; many: string }>;

/** A held-out part of a corpus. */
export interface HeldOutText {
  readonly name: string;
  readonly encoded: EncodedText;
}

/** A corpus as ids. */
export interface EncodedCorpus {
  readonly name: string;
  readonly vocabulary: CharacterVocabulary;
  readonly train: Int32Array;
  /** The part that is validated on during training. */
  readonly valid: HeldOutText;
  /** The whole held-out text in its order: `valid`, then the test part where there is one. */
  readonly heldOut: readonly HeldOutText[];
}

/** A corpus as text. */
export interface CorpusText {
  readonly name: string;
  readonly train: string;
  readonly valid: string;
  readonly test: string | undefined;
}

/** Encodes a corpus. Held-out characters that the vocabulary does not hold are spelled in bytes. */
export function encodeCorpus(
  { name, train, valid, test }: CorpusText,
  vocabulary: CharacterVocabulary,
): EncodedCorpus {
  const encode = (name: string, text: string): HeldOutText => ({
    name,
    encoded: vocabulary.encodeWithFallback(text),
  });
  const validPart = encode('valid', valid);
  const heldOut = test === undefined ? [validPart] : [validPart, encode('test', test)];
  return { name, vocabulary, train: vocabulary.encode(train), valid: validPart, heldOut };
}

/**
 * The context of a text that follows nothing: a newline, or the first character of the alphabet.
 *
 * @throws ConfigError when the vocabulary is empty
 */
export function startOfText(vocabulary: CharacterVocabulary): Int32Array {
  if (vocabulary.size < 2) throw new ConfigError('vocabulary: must hold at least one character, got none');
  const newline = vocabulary.encode('\n');
  return newline[0] === vocabulary.unknownId ? Int32Array.of(1) : newline;
}
