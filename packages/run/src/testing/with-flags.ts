/** A command line with other flags, which stand in the place of those that it has already. */
export function withFlags(words: readonly string[], ...flags: readonly string[]): string[] {
  const names = new Set(flags.filter((word) => word.startsWith('--')));
  const isReplaced = (word: string, k: number): boolean =>
    names.has(word) || (!word.startsWith('--') && names.has(words[k - 1] ?? ''));
  return [...words.filter((word, k) => !isReplaced(word, k)), ...flags];
}
