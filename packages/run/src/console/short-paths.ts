/**
 * Paths without the folders that all of them begin with, for tables and titles: `a/b/test.en`, `a/b/test.fr` become `test.en`,
 * `test.fr`. The last part always stays; one path alone, or the same path again, is its last part.
 */
export function shortPaths(paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const parts = paths.map((path) => path.replace(/[/\\]+$/, '').split(/[/\\]+/));
  const folders = Math.min(...parts.map(({ length }) => length - 1));
  const isCommon = (at: number): boolean => parts.every((path) => path[at] === parts[0]?.[at]);
  let common = 0;
  while (common < folders && isCommon(common)) common++;
  return parts.map((path) => path.slice(common).join('/'));
}
