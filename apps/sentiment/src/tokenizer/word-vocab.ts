/** Word vocabulary, the most frequent words first; id 0 is the unknown word. */
export class WordVocab {
  readonly words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @param minCount the least number of occurrences of a known word */
  static fromTexts(texts: readonly (readonly string[])[], minCount: number): WordVocab {
    const counts = new Map<string, number>();
    for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const known = [...counts].filter(([, count]) => count >= minCount);
    return new WordVocab(known.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word]) => word));
  }

  constructor(words: readonly string[]) {
    this.words = words;
    this.#ids = new Map(words.map((word, k) => [word, k + 1]));
  }

  /** The known words and the unknown one. */
  get size(): number {
    return this.words.length + 1;
  }

  idOf(word: string): number {
    return this.#ids.get(word) ?? UNKNOWN;
  }
}

export const UNKNOWN = 0;
