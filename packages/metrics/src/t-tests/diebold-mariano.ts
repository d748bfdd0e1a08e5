import { DataError } from '../data-error.ts';
import { studentTTails } from './student-t.ts';

/** Result of a Diebold–Mariano test. */
export interface DieboldMariano {
  /** Below 0 where the first forecast has the lower loss. */
  readonly statistic: number;
  /** Two-sided p-value. */
  readonly p: number;
}

/**
 * Diebold–Mariano test of two forecasts: whether their losses differ by more than chance, with the correction for small
 * samples by Harvey, Leybourne & Newbold.
 *
 *     d[n] = first[n] - second[n]     V = γ(0) + 2·Σ_{k<h} γ(k)     DM = mean d / √(V/N) · √((N + 1 - 2h + h(h-1)/N) / N)
 *
 * Where V is not positive it is γ(0), as with h = 1. Equal losses have p = 1. `tTestsAreReady` must have resolved before.
 *
 * Source: Diebold & Mariano 1995, Harvey et al. 1997; R's forecast::dm.test.
 *
 * @param first [N] losses; `second` likewise, of the same forecasts in the order of time
 * @param horizon h: how many consecutive losses overlap in time
 * @throws DataError when there are fewer than two losses, or not more than the horizon
 */
export function dieboldMariano(first: ArrayLike<number>, second: ArrayLike<number>, horizon = 1): DieboldMariano {
  const N = first.length;
  if (N < 2 || N !== second.length || N <= horizon)
    throw new DataError(
      `dieboldMariano: losses must be two lists of one length above ${Math.max(1, horizon)}, got ${N} and ${second.length}`,
    );
  const d = Float64Array.from({ length: N }, (_, n) => (first[n] as number) - (second[n] as number));
  const mean = d.reduce((a, b) => a + b) / N;
  const covariance = (lag: number): number => {
    let sum = 0;
    for (let n = lag; n < N; n++) sum += ((d[n] as number) - mean) * ((d[n - lag] as number) - mean);
    return sum / N;
  };
  const variance = covariance(0);
  if (variance === 0) return { statistic: mean === 0 ? 0 : Math.sign(mean) * Infinity, p: mean === 0 ? 1 : 0 };
  let long = variance;
  for (let lag = 1; lag < horizon; lag++) long += 2 * covariance(lag);
  const h = long > 0 ? horizon : 1;
  const correction = Math.sqrt((N + 1 - 2 * h + (h * (h - 1)) / N) / N);
  const statistic = (mean / Math.sqrt((long > 0 ? long : variance) / N)) * correction;
  return { statistic, p: studentTTails(statistic, N - 1) };
}
