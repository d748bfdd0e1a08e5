import { DataError } from './data-error.ts';
import { EncodedText } from './encoded-text.ts';
import { graphemes } from './graphemes.ts';
import { countCodePoints, requireWellFormed } from './utf8.ts';
import type { CharacterVocabulary, StreamDecoder, VocabularyJson } from './vocabulary.ts';

const REPLACEMENT = '\uFFFD'; // Unicode's replacement character

/**
 * The characters of a training text, code points or grapheme clusters, sorted by code unit, with ids from 1; id 0 is for
 * code points spelled in bytes.
 *
 * A grapheme cluster that the alphabet does not hold is encoded as its code points: each has the id of its own where the
 * alphabet holds it, such as the letter under an unseen accent, and is spelled in bytes where not.
 */
export class AlphabetVocabulary implements CharacterVocabulary {
  readonly unit: 'codepoint' | 'grapheme';
  readonly alphabet: readonly string[];
  readonly size: number;
  readonly unknownId = 0;
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws DataError when `alphabet` holds a character twice, or an entry that is not one character */
  constructor(unit: 'codepoint' | 'grapheme', alphabet: readonly string[]) {
    this.unit = unit;
    this.alphabet = alphabet;
    this.size = alphabet.length + 1;
    this.#ids = new Map(alphabet.map((character, index) => [character, index + 1]));
    const wrong = alphabet.find((character) => [...characters(unit, character)].length !== 1);
    if (wrong !== undefined)
      throw new DataError(
        `AlphabetVocabulary: alphabet must hold one ${unit} per entry, got ${JSON.stringify(wrong)}`,
      );
    if (this.#ids.size !== alphabet.length)
      throw new DataError(
        `AlphabetVocabulary: alphabet must hold each ${unit} once, got ${alphabet.length} entries with ` +
          `${this.#ids.size} different`,
      );
  }

  /** Collects the characters of a training text. */
  static fromText(text: string, unit: 'codepoint' | 'grapheme'): AlphabetVocabulary {
    requireWellFormed('AlphabetVocabulary.fromText', text);
    return new AlphabetVocabulary(unit, [...new Set(characters(unit, text))].sort());
  }

  encode(text: string): Int32Array<ArrayBuffer> {
    return this.encodeWithFallback(text).ids;
  }

  encodeWithFallback(text: string): EncodedText {
    requireWellFormed('AlphabetVocabulary.encode', text);
    const ids = new Int32Array(text.length);
    const fallback = new Map<number, string>();
    let length = 0;
    for (const character of characters(this.unit, text)) {
      const id = this.#ids.get(character);
      if (id !== undefined) {
        ids[length++] = id;
        continue;
      }
      for (const codePoint of character) {
        const id = this.#ids.get(codePoint) ?? this.unknownId;
        if (id === this.unknownId) fallback.set(length, codePoint);
        ids[length++] = id;
      }
    }
    const used = length === ids.length ? ids : ids.slice(0, length); // a copy of a large text is as large
    return new EncodedText(used, fallback, countCodePoints(text));
  }

  decode(ids: Iterable<number>, fallback?: ReadonlyMap<number, string>): string {
    const decoder = this.streamDecoder(fallback);
    let text = '';
    for (const id of ids) text += decoder.push(id);
    return text;
  }

  streamDecoder(fallback?: ReadonlyMap<number, string>): StreamDecoder {
    let position = 0;
    return {
      push: (id) => {
        const spelled = fallback?.get(position++) ?? REPLACEMENT;
        return id === this.unknownId ? spelled : this.#character(id);
      },
      end: () => '',
    };
  }

  toJSON(): VocabularyJson {
    return { unit: this.unit, alphabet: this.alphabet };
  }

  #character(id: number): string {
    const character = this.alphabet[id - 1];
    if (character === undefined)
      throw new DataError(`AlphabetVocabulary.decode: ids must be integers in [0, ${this.size}), got ${id}`);
    return character;
  }
}

function characters(unit: 'codepoint' | 'grapheme', text: string): Iterable<string> {
  return unit === 'codepoint' ? text : graphemes(text);
}
