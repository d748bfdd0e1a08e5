import type { TextFeatures } from './hashing-vectorizer.ts';

const UNKNOWN = -1;

/** The features of a linear model, indexed in ascending order of their hashes. */
export class FeatureIndex {
  /** In ascending order. */
  readonly hashes: Int32Array;
  readonly #table: Int32Array; // open addressing: pairs of a hash and its index plus 1; 0 in an empty slot

  /** @param minDf the least number of texts that have a feature */
  static of(texts: readonly TextFeatures[], minDf: number): FeatureIndex {
    const perText = texts.map(({ hashes }) => distinct(hashes));
    const all = new Int32Array(perText.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const hashes of perText) {
      all.set(hashes, at);
      at += hashes.length;
    }
    all.sort();
    return new FeatureIndex(distinct(all.filter((hash, k) => all[k + minDf - 1] === hash)));
  }

  /** @param hashes distinct, in ascending order */
  constructor(hashes: Int32Array) {
    this.hashes = hashes;
    this.#table = new Int32Array(2 * 2 ** Math.ceil(Math.log2(1.5 * hashes.length + 2)));
    for (const [index, hash] of hashes.entries()) this.#table.set([hash, index + 1], this.#slotOf(hash));
  }

  get size(): number {
    return this.hashes.length;
  }

  /** Returns -1 for an unknown feature. */
  indexOf(hash: number): number {
    return (this.#table[this.#slotOf(hash) + 1] as number) - 1;
  }

  /** Returns the distinct known features of a text, in ascending order. */
  row({ hashes }: TextFeatures): Int32Array {
    const indices = distinct(hashes.map((hash) => this.indexOf(hash)));
    return indices[0] === UNKNOWN ? indices.subarray(1) : indices;
  }

  /** Returns the slot of a hash, or the empty slot where it would be inserted. */
  #slotOf(hash: number): number {
    const last = this.#table.length - 2;
    let slot = (2 * hash) & last;
    while (this.#table[slot + 1] !== 0 && this.#table[slot] !== hash) slot = (slot + 2) & last;
    return slot;
  }
}

/** Returns the distinct values, in ascending order. */
function distinct(values: Int32Array): Int32Array {
  const sorted = values.slice().sort();
  let count = 0;
  for (const value of sorted) if (count === 0 || sorted[count - 1] !== value) sorted[count++] = value;
  return sorted.slice(0, count);
}
