import { compiled, incbet } from 'cephes';

/** Resolves when {@link welch} can be called: Student's t is WebAssembly. */
export const welchIsReady: Promise<void> = compiled;

/**
 * Welch's t-test: whether two normal samples have different means, whatever their variances.
 * Source: Welch 1947; scipy.stats.ttest_ind(equal_var=False).
 *
 * @returns the two-sided p-value; undefined when a sample has fewer
 * than two values. 1 and 0 where neither varies.
 */
export function welch(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const [first, second] = [moments(a), moments(b)];
  const total = first.variance + second.variance;
  const difference = first.mean - second.mean;
  if (total === 0) return difference === 0 ? 1 : 0;
  const freedom = total ** 2 / (first.variance ** 2 / (a.length - 1) + second.variance ** 2 / (b.length - 1));
  return incbet(freedom / 2, 0.5, freedom / (freedom + difference ** 2 / total)); // Student's t, both tails
}

/** The mean, and the variance of the mean. */
function moments(values: readonly number[]): { mean: number; variance: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n };
}
