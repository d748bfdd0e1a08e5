import type { EncodedText } from './encoded-text.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What one id stands for: a byte of UTF-8, a Unicode code point, or a grapheme cluster. */
export type CharacterUnit = 'byte' | 'codepoint' | 'grapheme';

/**
 * A tokenizer with one id per character.
 *
 * Any text has ids: a character that the vocabulary does not hold is spelled in bytes. It takes the id `unknownId`, and
 * its UTF-8 bytes are kept beside the ids, see {@link EncodedText}.
 */
export interface CharacterVocabulary extends Tokenizer {
  readonly unit: CharacterUnit;
  /** The id of every character spelled in bytes; undefined where all characters are known. Never sample it. */
  readonly unknownId: number | undefined;
  /**
   * The ids of a text together with the characters spelled in bytes: what scoring and lossless decoding need.
   * `encode` returns the same ids alone, which is all that training and prompting need.
   *
   * @throws DataError when `text` holds a lone surrogate, with its position
   */
  encodeWithFallback(text: string): EncodedText;
  /**
   * The text of ids, with U+FFFD for malformed UTF-8.
   *
   * @param fallback characters spelled in bytes, by their position in `ids`; U+FFFD where it has none
   * @throws DataError for an id out of range
   */
  decode(ids: Iterable<number>, fallback?: ReadonlyMap<number, string>): string;
  /** Decodes ids one by one, for text that is shown while it is generated. `fallback` as for `decode`. */
  streamDecoder(fallback?: ReadonlyMap<number, string>): StreamDecoder;
  /** Returns what `vocabularyFromJson` reads. */
  toJSON(): VocabularyJson;
}

/** Decodes ids as they arrive. All that `push` and the final `end` return, joined, equals `decode` of the same ids. */
export interface StreamDecoder {
  /** Returns the text that this id completes; empty in the middle of a character. */
  push(id: number): string;
  /** Returns U+FFFD when the ids end in the middle of a character, else the empty string. */
  end(): string;
}

/** How a vocabulary is saved. */
export type VocabularyJson =
  | { readonly unit: 'byte' }
  | { readonly unit: 'codepoint' | 'grapheme'; readonly alphabet: readonly string[] };
