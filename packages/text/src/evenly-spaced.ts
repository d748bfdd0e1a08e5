/** Returns so many of a list, evenly spaced over it and in its order; all of a shorter one. */
export function evenlySpaced<T>(items: readonly T[], most: number): readonly T[] {
  const { length } = items;
  if (length <= most) return items;
  return Array.from({ length: most }, (_, k) => items[Math.floor((k * length) / most)] as T);
}
