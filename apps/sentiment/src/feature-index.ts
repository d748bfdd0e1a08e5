import type { TextFeatures } from './text-features.ts';

const EMPTY = -1;

/** The features a linear model knows, numbered in rising order of their hashes. */
export class FeatureIndex {
  /** In rising order. */
  readonly hashes: Int32Array;
  readonly #slots: Int32Array; // a table with open addressing: numbers of features, or EMPTY

  /** @param minTexts in how many texts a feature must occur */
  static of(texts: readonly TextFeatures[], minTexts: number): FeatureIndex {
    const perText = texts.map(({ hashes }) => distinct(hashes));
    const all = new Int32Array(perText.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const hashes of perText) {
      all.set(hashes, at);
      at += hashes.length;
    }
    all.sort();
    return new FeatureIndex(distinct(all.filter((hash, k) => all[k + minTexts - 1] === hash)));
  }

  /** @param hashes each once, in rising order */
  constructor(hashes: Int32Array) {
    this.hashes = hashes;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * hashes.length + 2))).fill(EMPTY);
    for (const [number, hash] of hashes.entries()) this.#slots[this.#slotOf(hash)] = number;
  }

  get size(): number {
    return this.hashes.length;
  }

  /** Below 0 for a feature it does not know. */
  numberOf(hash: number): number {
    return this.#slots[this.#slotOf(hash)] as number;
  }

  /** The known features of a text, each once, in rising order. */
  row({ hashes }: TextFeatures): Int32Array {
    const numbers = distinct(hashes.map((hash) => this.numberOf(hash)));
    return numbers[0] === EMPTY ? numbers.subarray(1) : numbers;
  }

  /** Where a hash stands, or would stand. */
  #slotOf(hash: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const number = this.#slots[slot] as number;
      if (number === EMPTY || this.hashes[number] === hash) return slot;
      slot = (slot + 1) & mask;
    }
  }
}

/** Each number once, in rising order. */
function distinct(numbers: Int32Array): Int32Array {
  const sorted = numbers.slice().sort();
  let count = 0;
  for (const number of sorted) if (count === 0 || sorted[count - 1] !== number) sorted[count++] = number;
  return sorted.slice(0, count);
}
