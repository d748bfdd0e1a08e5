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
  return incompleteBeta(freedom / (freedom + difference ** 2 / variance), freedom / 2, 0.5);
}

/** The mean, and its variance. */
function moments(values: readonly number[]): { mean: number; share: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { mean, share: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n };
}

const ENOUGH_TERMS = 300;

/** I_x(a, b), the regularised incomplete beta function, by Lentz's continued fraction. Source: DLMF 8.17.22. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on one side of the mean; the other is its mirror.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const scale = Math.exp(a * Math.log(x) + b * Math.log(1 - x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m <= ENOUGH_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    const before = fraction;
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      fraction *= c * d;
    }
    if (Math.abs(fraction / before - 1) < 1e-14) break;
  }
  return scale * fraction;
}

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188];

/** ln Γ(x), x > 0: Stirling's series, from where it is good to the last digits. */
function logGamma(x: number): number {
  if (x < 12) return logGamma(x + 1) - Math.log(x);
  const series = STIRLING.reduce((sum, factor, k) => sum + factor / x ** (2 * k + 1), 0);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}
