import { ConfigError, DataError } from '@unroll/rnn-core';
import { type CorpusOptions, count, readCorpus } from '@unroll/run';
import { type CharacterUnit, type CharacterVocabulary, vocabularyFromText } from '@unroll/text';

/** A part of the held-out text. */
export interface HeldOut {
  readonly name: string;
  readonly ids: Int32Array;
  /** Code points: what bits per character are over, whatever the vocabulary. */
  readonly characters: number;
}

/** A corpus as ids. */
export interface EncodedCorpus {
  readonly name: string;
  readonly vocab: CharacterVocabulary;
  readonly train: Int32Array;
  /** What is watched while training. */
  readonly valid: HeldOut;
  /** All that was held out, in the order of the text: `valid`, and where there is one what is judged by. */
  readonly heldOut: readonly HeldOut[];
}

export interface EncodedCorpusOptions extends CorpusOptions {
  readonly unit: CharacterUnit;
  /** The vocabulary of a trained model; by default that of the training text. */
  readonly vocab?: CharacterVocabulary | undefined;
}

/** @throws DataError when the held-out text holds characters that the training text does not */
export async function readEncodedCorpus(options: EncodedCorpusOptions): Promise<EncodedCorpus> {
  const { name, train, valid, test } = await readCorpus(options);
  const vocab = options.vocab ?? vocabularyFromText(train, options.unit);
  const encode = (part: string, text: string): HeldOut => ({
    name: part,
    ids: encodeKnown(`held-out text of ${name}`, text, vocab),
    characters: codePoints(text),
  });
  const watched = encode('valid', valid);
  const heldOut = test ? [watched, encode('test', test)] : [watched];
  return { name, vocab, train: vocab.encode(train), valid: watched, heldOut };
}

/**
 * A text as ids of a vocabulary that must know all of it.
 *
 * @param where whose text it is, for the message
 * @throws DataError naming the first characters it does not
 */
export function encodeKnown(where: string, text: string, vocab: CharacterVocabulary): Int32Array {
  const { ids, fallback } = vocab.encodeWithFallback(text);
  if (fallback.size === 0) return ids;
  const counts = new Map<string, number>();
  for (const character of fallback.values()) counts.set(character, (counts.get(character) ?? 0) + 1);
  const unknown = [...counts];
  const shown = unknown.slice(0, 3).map(([character, times]) => `${JSON.stringify(character)} ${count(times)}×`);
  const more = unknown.length > shown.length ? ` and ${unknown.length - shown.length} more` : '';
  throw new DataError(
    `${where}: must hold only characters of the training text, got ${shown.join(', ')}${more}; a model trained with --unit byte knows every text`,
  );
}

/** How many characters a reader of Unicode counts. */
export function codePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}

/**
 * What a text that nothing stands before is taken to follow: a line end, or the first character of the alphabet.
 *
 * @throws ConfigError when the vocabulary is empty
 */
export function beginning(vocab: CharacterVocabulary): Int32Array {
  if (vocab.size < 2) throw new ConfigError('vocabulary: must hold a character, got none');
  const newline = vocab.encode('\n');
  return newline[0] === vocab.unknownId ? Int32Array.of(1) : newline;
}
