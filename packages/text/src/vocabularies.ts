import { AlphabetVocabulary } from './alphabet-vocabulary.ts';
import { ByteVocabulary } from './byte-vocabulary.ts';
import { DataError } from './data-error.ts';
import type { CharacterUnit, CharacterVocabulary } from './vocabulary.ts';

/** Returns a vocabulary that knows every character of `text`. */
export function vocabularyFromText(text: string, unit: CharacterUnit): CharacterVocabulary {
  return unit === 'byte' ? new ByteVocabulary() : AlphabetVocabulary.fromText(text, unit);
}

/** Reads a vocabulary that `toJSON` wrote. @throws DataError for any other value */
export function vocabularyFromJson(json: unknown): CharacterVocabulary {
  if (typeof json === 'object' && json !== null && 'unit' in json) {
    if (json.unit === 'byte') return new ByteVocabulary();
    if ((json.unit === 'codepoint' || json.unit === 'grapheme') && 'alphabet' in json && isStrings(json.alphabet))
      return new AlphabetVocabulary(json.unit, json.alphabet);
  }
  throw new DataError(
    'vocabularyFromJson: a vocabulary must be { unit: "byte" } or { unit: "codepoint" | "grapheme", alphabet: [...] }, ' +
      `got ${JSON.stringify(json)?.slice(0, 80)}`,
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
