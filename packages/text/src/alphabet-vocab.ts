import { DataError } from './data-error.ts';
import { requireWellFormed } from './utf8.ts';
import type { CharacterVocabulary, StreamDecoder, VocabularyJson } from './vocabulary.ts';

/** Shown for a character that is not in the alphabet: U+FFFD, Unicode's replacement character. */
const REPLACEMENT = '\uFFFD';

/**
 * The characters of a training text in code-unit order, from id 1 on; id 0 is whatever that text did not hold.
 *
 * A character is a code point, or a grapheme cluster: what a reader takes for one, such as é written with a
 * combining accent, or a family emoji. Source: Unicode Standard Annex 29, as Intl.Segmenter cuts.
 */
export class AlphabetVocab implements CharacterVocabulary {
  readonly unit: 'codepoint' | 'grapheme';
  readonly alphabet: readonly string[];
  readonly size: number;
  readonly unknownId = 0;
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws DataError when `alphabet` names a character twice or holds one that is not one character */
  constructor(unit: 'codepoint' | 'grapheme', alphabet: readonly string[]) {
    this.unit = unit;
    this.alphabet = alphabet;
    this.size = alphabet.length + 1;
    this.#ids = new Map(alphabet.map((character, index) => [character, index + 1]));
    const odd = alphabet.find((character) => [...characters(unit, character)].length !== 1);
    if (odd !== undefined)
      throw new DataError(`AlphabetVocab: alphabet must hold one ${unit} an entry, got ${JSON.stringify(odd)}`);
    if (this.#ids.size !== alphabet.length)
      throw new DataError(
        `AlphabetVocab: alphabet must name each ${unit} once, got ${alphabet.length} with ${this.#ids.size} different`,
      );
  }

  static fromText(text: string, unit: 'codepoint' | 'grapheme'): AlphabetVocab {
    requireWellFormed('AlphabetVocab.fromText', text);
    return new AlphabetVocab(unit, [...new Set(characters(unit, text))].sort());
  }

  encode(text: string): Int32Array<ArrayBuffer> {
    requireWellFormed('AlphabetVocab.encode', text);
    const ids = new Int32Array(text.length);
    let length = 0;
    for (const character of characters(this.unit, text)) ids[length++] = this.#ids.get(character) ?? this.unknownId;
    return ids.slice(0, length);
  }

  decode(ids: Iterable<number>): string {
    let text = '';
    for (const id of ids) text += this.#character(id);
    return text;
  }

  streamDecoder(): StreamDecoder {
    return { push: (id) => this.#character(id), end: () => '' };
  }

  unknowns(text: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const character of characters(this.unit, text))
      if (!this.#ids.has(character)) counts.set(character, (counts.get(character) ?? 0) + 1);
    return counts;
  }

  toJSON(): VocabularyJson {
    return { unit: this.unit, alphabet: this.alphabet };
  }

  #character(id: number): string {
    const character = id === this.unknownId ? REPLACEMENT : this.alphabet[id - 1];
    if (character === undefined)
      throw new DataError(`AlphabetVocab.decode: ids must be integers in [0, ${this.size}), got ${id}`);
    return character;
  }
}

function characters(unit: 'codepoint' | 'grapheme', text: string): Iterable<string> {
  return unit === 'codepoint' ? text : graphemes(text);
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const SLICE = 128;

/**
 * Segmenter time grows with the square of the text, so it is given slices. Where a cluster ends, what follows does
 * not depend on what came before: only the last cluster of a slice, which may go on in the next, is cut again.
 */
function* graphemes(text: string): Generator<string> {
  let start = 0;
  let width = SLICE;
  while (start < text.length) {
    const splitsPair = (text.codePointAt(start + width - 1) ?? 0) > 0xffff;
    const end = start + width + (splitsPair ? 1 : 0);
    const clusters = Array.from(segmenter.segment(text.slice(start, end)), ({ segment }) => segment);
    if (end < text.length) clusters.pop();
    width = clusters.length === 0 ? width * 2 : SLICE;
    for (const cluster of clusters) {
      start += cluster.length;
      yield cluster;
    }
  }
}
