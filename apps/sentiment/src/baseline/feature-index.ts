import type { TextFeatures } from './text-features.ts';

const UNKNOWN = -1;

/** The features a linear model knows, numbered in rising order of their hashes. */
export class FeatureIndex {
  /** In rising order. */
  readonly hashes: Int32Array;
  readonly #table: Int32Array; // open addressing: a hash and its feature's number plus 1 side by side; 0 where a slot is free

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
    this.#table = new Int32Array(2 * 2 ** Math.ceil(Math.log2(1.5 * hashes.length + 2)));
    for (const [number, hash] of hashes.entries()) this.#table.set([hash, number + 1], this.#slotOf(hash));
  }

  get size(): number {
    return this.hashes.length;
  }

  /** Below 0 for a feature it does not know. */
  numberOf(hash: number): number {
    return (this.#table[this.#slotOf(hash) + 1] as number) - 1;
  }

  /** The known features of a text, each once, in rising order. */
  row({ hashes }: TextFeatures): Int32Array {
    const numbers = distinct(hashes.map((hash) => this.numberOf(hash)));
    return numbers[0] === UNKNOWN ? numbers.subarray(1) : numbers;
  }

  /** Where a hash stands in the table, or would stand. */
  #slotOf(hash: number): number {
    const last = this.#table.length - 2;
    let slot = (2 * hash) & last;
    while (this.#table[slot + 1] !== 0 && this.#table[slot] !== hash) slot = (slot + 2) & last;
    return slot;
  }
}

/** Each number once, in rising order. */
function distinct(numbers: Int32Array): Int32Array {
  const sorted = numbers.slice().sort();
  let count = 0;
  for (const number of sorted) if (count === 0 || sorted[count - 1] !== number) sorted[count++] = number;
  return sorted.slice(0, count);
}
