/** Mean and sample standard deviation of a metric, for example over runs with different seeds. */
export interface MeanAndSd {
  readonly mean: number;
  /** Over n − 1; 0 for a single value. */
  readonly sd: number;
  /** Number of values. */
  readonly n: number;
}

/** Computes mean and sample standard deviation; the mean of no values is NaN. */
export function meanAndSd(values: readonly number[]): MeanAndSd {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n };
}
