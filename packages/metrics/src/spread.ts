/** The mean of a figure over runs with different seeds, and the sample standard deviation around it. */
export interface Spread {
  readonly mean: number;
  /** Over n − 1; 0 for a single run, of which no spread is known. */
  readonly sd: number;
  readonly n: number;
}

export function spread(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n };
}
