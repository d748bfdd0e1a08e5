import { AlphabetVocab } from './alphabet-vocab.ts';
import { ByteVocab } from './byte-vocab.ts';
import { DataError } from './data-error.ts';

/** What a character is to a vocabulary: a byte of UTF-8, a Unicode code point, or a grapheme cluster. */
export type CharacterUnit = 'byte' | 'codepoint' | 'grapheme';

/** Text to ids and back, one id a character. */
export interface CharacterVocabulary {
  readonly unit: CharacterUnit;
  /** V: ids are 0 … size − 1. */
  readonly size: number;
  /** The id of every character never seen in training; absent where there can be none. */
  readonly unknownId: number | undefined;
  /** @throws DataError when `text` holds a lone surrogate, with its position */
  encode(text: string): Int32Array<ArrayBuffer>;
  /** The text of `ids`; U+FFFD for the unknown id and for malformed UTF-8. @throws DataError for an id out of range */
  decode(ids: Iterable<number>): string;
  /** Decodes ids one by one, for text that is shown while it is sampled. */
  streamDecoder(): StreamDecoder;
  /** The characters of `text` that encode as unknown, each with its count, in order of appearance. */
  unknowns(text: string): Map<string, number>;
  /** What `vocabularyFromJson` reads. */
  toJSON(): VocabularyJson;
}

/** Ids to text as they come. What all `push` and the last `end` return, joined, is `decode` of the same ids. */
export interface StreamDecoder {
  /** The text this id completes; empty in the middle of a character. */
  push(id: number): string;
  /** What an unfinished character is worth: U+FFFD, or nothing when none is pending. */
  end(): string;
}

export type VocabularyJson =
  | { readonly unit: 'byte' }
  | { readonly unit: 'codepoint' | 'grapheme'; readonly alphabet: readonly string[] };

/** A vocabulary that knows every character of `text`. */
export function vocabularyFromText(text: string, unit: CharacterUnit): CharacterVocabulary {
  return unit === 'byte' ? new ByteVocab() : AlphabetVocab.fromText(text, unit);
}

/** A vocabulary as its `toJSON` wrote it. @throws DataError for any other value */
export function vocabularyFromJson(json: unknown): CharacterVocabulary {
  if (typeof json === 'object' && json !== null && 'unit' in json) {
    if (json.unit === 'byte') return new ByteVocab();
    if ((json.unit === 'codepoint' || json.unit === 'grapheme') && 'alphabet' in json && isStrings(json.alphabet))
      return new AlphabetVocab(json.unit, json.alphabet);
  }
  throw new DataError(
    'vocabularyFromJson: a vocabulary must be { unit: "byte" } or { unit: "codepoint" | "grapheme", alphabet: [...] }, ' +
      `got ${JSON.stringify(json)?.slice(0, 80)}`,
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
