import type { TextFeatures } from './text-features.ts';

/** The features a linear model knows, numbered in the order in which the texts brought them. */
export class FeatureIndex {
  readonly #numbers: ReadonlyMap<number, number>;

  /** @param minTexts in how many texts a feature must occur */
  static of(texts: readonly TextFeatures[], minTexts: number): FeatureIndex {
    const counts = new Map<number, number>();
    for (const { hashes } of texts) for (const hash of new Set(hashes)) counts.set(hash, (counts.get(hash) ?? 0) + 1);
    return new FeatureIndex([...counts].filter(([, count]) => count >= minTexts).map(([hash]) => hash));
  }

  constructor(hashes: Iterable<number>) {
    this.#numbers = new Map(Array.from(hashes, (hash, number) => [hash, number]));
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** -1 for a feature it does not know. */
  numberOf(hash: number): number {
    return this.#numbers.get(hash) ?? -1;
  }

  /** The known features of a text, each once, in rising order. */
  row({ hashes }: TextFeatures): Int32Array {
    const numbers = new Set<number>();
    for (const hash of hashes) {
      const number = this.numberOf(hash);
      if (number >= 0) numbers.add(number);
    }
    return Int32Array.from(numbers).sort();
  }

  /** The hashes, in the order of their numbers. */
  toArray(): Int32Array {
    return Int32Array.from(this.#numbers.keys());
  }
}
