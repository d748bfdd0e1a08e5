import type { TextFeatures } from './hashing-vectorizer.ts';

const UNKNOWN = -1;

/** The features of a linear model, indexed in ascending order of their hashes. */
export class FeatureIndex {
  /** In ascending order. */
  readonly hashes: Int32Array;
  /** How many features {@link FeatureIndex.of} left out because there were too many. */
  readonly omitted: number;
  readonly #table: Int32Array; // open addressing: pairs of a hash and its index plus 1; 0 in an empty slot

  /**
   * @param minDf the least number of texts that have a feature
   * @param maxFeatures of more, those that most texts have
   */
  static of(
    texts: readonly TextFeatures[],
    { minDf, maxFeatures }: { readonly minDf: number; readonly maxFeatures: number },
  ): FeatureIndex {
    const perText = texts.map(({ hashes }) => distinct(hashes));
    const all = new Int32Array(perText.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const hashes of perText) {
      all.set(hashes, at);
      at += hashes.length;
    }
    all.sort();
    const frequent = (df: number): Int32Array => distinct(all.filter((hash, k) => all[k + df - 1] === hash));
    const found = frequent(minDf);
    if (found.length <= maxFeatures) return new FeatureIndex(found);
    let [df, kept, wider] = [minDf, found, found];
    while (kept.length > maxFeatures) [wider, kept] = [kept, frequent(++df)];
    const frequentOnes = new Set(kept);
    const rarer = wider.filter((hash) => !frequentOnes.has(hash)).subarray(0, maxFeatures - kept.length);
    const most = Int32Array.from([...kept, ...rarer]).sort();
    return new FeatureIndex(most, found.length - most.length);
  }

  /** @param hashes distinct, in ascending order */
  constructor(hashes: Int32Array, omitted = 0) {
    this.hashes = hashes;
    this.omitted = omitted;
    this.#table = new Int32Array(2 * 2 ** Math.ceil(Math.log2(1.5 * hashes.length + 2)));
    for (const [index, hash] of hashes.entries()) this.#table.set([hash, index + 1], this.#slotOf(hash));
  }

  get size(): number {
    return this.hashes.length;
  }

  /** Which features these are, in words, where not all are kept. */
  get selection(): string | undefined {
    const all = this.size + this.omitted;
    if (this.omitted > 0)
      return `the ${this.size.toLocaleString('en')} features that most texts have, of ${all.toLocaleString('en')}`;
    return undefined;
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
