import { normalForecast } from '../quantiles.ts';
import type { Baseline } from './baseline.ts';

/**
 * The last season again: each value is that of a season before. Normal intervals of variance σ²·k, k the season ahead and σ²
 * the mean square of its errors in the history. With a season of one step it is the naive forecast.
 *
 * Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.) 5.2, 5.5.
 */
export function seasonalNaive(season: number): Baseline {
  return {
    name: season === 1 ? 'naive' : 'seasonal naive',
    fit: () => (history, horizon) => {
      const T = history.length;
      const m = Math.min(season, T);
      const sigma = rootMeanSquare(history, m);
      const means = Float64Array.from({ length: horizon }, (_, k) => history[T - m + (k % m)] as number);
      return normalForecast(
        means,
        means.map((_, k) => sigma * Math.sqrt(Math.floor(k / m) + 1)),
      );
    },
  };
}

/** The line through the first and the last value. Source: as {@link seasonalNaive}. */
export const drift: Baseline = {
  name: 'drift',
  fit: () => (history, horizon) => {
    const T = history.length;
    const last = history[T - 1] as number;
    const slope = (last - (history[0] as number)) / Math.max(1, T - 1);
    const sigma = rootMeanSquare(history, 1, slope);
    const steps = Float64Array.from({ length: horizon }, (_, k) => k + 1);
    return normalForecast(
      steps.map((h) => last + slope * h),
      steps.map((h) => sigma * Math.sqrt(h * (1 + h / Math.max(1, T - 1)))),
    );
  },
};

/** Root mean square of the differences `lag` steps apart, less a slope. */
function rootMeanSquare(values: Float64Array, lag: number, slope = 0): number {
  let sum = 0;
  for (let t = lag; t < values.length; t++) sum += ((values[t] as number) - (values[t - lag] as number) - slope) ** 2;
  return Math.sqrt(sum / Math.max(1, values.length - lag));
}
