/** A command line without some of its flags and their values. @param flags as they are typed: `--steps` */
export const withoutFlags = (words: readonly string[], flags: readonly string[]): string[] =>
  words.filter((word, k) => {
    const isValue = !word.startsWith('--') && flags.includes(words[k - 1] ?? '');
    return !isValue && !flags.some((flag) => word === flag || word.startsWith(`${flag}=`));
  });

/** A command line with other flags, which stand in the place of those that it has already, `--no-` forms included. */
export function withFlags(words: readonly string[], ...flags: readonly string[]): string[] {
  const names = flags.filter((word) => word.startsWith('--')).map((word) => word.replace(/^--(no-)?|=.*/gs, ''));
  const replaced = names.flatMap((name) => [`--${name}`, `--no-${name}`]);
  return [...withoutFlags(words, replaced), ...flags];
}
