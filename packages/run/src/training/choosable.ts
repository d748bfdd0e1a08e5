/** The settings that `--minutes` may choose. */
export interface Choosable<Settings> {
  /** The keys that nobody set. */
  readonly open: readonly (keyof Settings)[];
  /** The values of the other keys, which are fixed. */
  readonly given: Partial<Settings>;
}

/**
 * Of some settings, those that nobody set and the values of the others.
 *
 * @param unset what nobody set, of all settings
 */
export function choosable<Settings>(
  keys: readonly (keyof Settings & string)[],
  config: Settings,
  unset: ReadonlySet<string>,
): Choosable<Settings> {
  const fixed = keys.filter((key) => !unset.has(key));
  return { open: keys.filter((key) => unset.has(key)), given: picked(config, fixed) };
}

/** An object with some of the keys of another. */
export const picked = <T>(from: T, keys: readonly (keyof T)[]): Partial<T> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Partial<T>;
