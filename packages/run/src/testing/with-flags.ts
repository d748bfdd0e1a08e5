/** A command line with other values of some of its flags: `withFlags(TINY, { '--dropout': '0.3' })`. */
export const withFlags = (words: readonly string[], values: Readonly<Record<string, string>>): string[] =>
  words.map((word, k) => values[words[k - 1] ?? ''] ?? word);
