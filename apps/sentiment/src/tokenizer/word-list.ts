/** The words a network knows by number, the most frequent first; 0 is every other word. */
export class WordList {
  readonly words: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;

  /** @param minCount how often a word must occur */
  static of(texts: readonly (readonly string[])[], minCount: number): WordList {
    const counts = new Map<string, number>();
    for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const known = [...counts].filter(([, count]) => count >= minCount);
    return new WordList(known.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word]) => word));
  }

  constructor(words: readonly string[]) {
    this.words = words;
    this.#numbers = new Map(words.map((word, k) => [word, k + 1]));
  }

  /** The words and the unknown one. */
  get size(): number {
    return this.words.length + 1;
  }

  numberOf(word: string): number {
    return this.#numbers.get(word) ?? UNKNOWN;
  }
}

export const UNKNOWN = 0;
