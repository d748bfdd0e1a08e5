import { compiled, incbet } from 'cephes';

await compiled; // it is WebAssembly

/**
 * Whether two samples of a normal figure have different means, their variances unknown and perhaps unequal.
 * Source: Welch 1947; scipy.stats.ttest_ind(equal_var=False).
 *
 * @returns the two-sided p, the chance of a difference as large as this were there none; undefined when a sample has fewer
 * than two values. 1 and 0 where neither varies.
 */
export function welch(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const [first, second] = [moments(a), moments(b)];
  const variance = first.share + second.share;
  const difference = first.mean - second.mean;
  if (variance === 0) return difference === 0 ? 1 : 0;
  const freedom = variance ** 2 / (first.share ** 2 / (a.length - 1) + second.share ** 2 / (b.length - 1));
  return incbet(freedom / 2, 0.5, freedom / (freedom + difference ** 2 / variance)); // Student's t, both tails
}

/** The mean, and its variance. */
function moments(values: readonly number[]): { mean: number; share: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { mean, share: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n };
}
