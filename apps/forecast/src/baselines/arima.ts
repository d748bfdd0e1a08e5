import ARIMA from 'arima';
import { normalForecast } from '../quantiles.ts';
import type { Baseline, FittedBaseline } from './baseline.ts';
import { seasonalNaive } from './naive.ts';

/** (p, d, q)(P, D, Q) of a seasonal ARIMA. */
type Order = readonly [p: number, d: number, q: number, P: number, D: number, Q: number];

const SEASONAL: readonly Order[] = [
  [1, 0, 1, 0, 1, 1],
  [0, 1, 1, 0, 1, 1],
  [1, 1, 1, 0, 1, 1],
  [2, 0, 1, 0, 1, 1],
];
const PLAIN: readonly Order[] = [
  [0, 1, 1, 0, 0, 0],
  [1, 1, 1, 0, 0, 0],
  [2, 1, 2, 0, 0, 0],
  [2, 0, 1, 0, 0, 0],
];

const LONGEST_SEASON = 24; // a product of matrices of that order for each value
const MOST_VALUES = 730; // of the history, the last ones

/**
 * Seasonal ARIMA of the npm package `arima`, a port of ctsa, by exact maximum likelihood: of four usual orders the one that
 * errs least on the last two horizons of the history before the first forecast; its parameters are fitted anew at each origin.
 * Where a fit diverges, the seasonal naive forecast stands in.
 */
export const arima = (season: number): Baseline => ({
  name: 'ARIMA',
  fit: (history, horizon) => {
    const errors = (season > 1 && season <= LONGEST_SEASON ? SEASONAL : PLAIN).map((order) => {
      const forecast = arimaOf(order, season);
      const held = [2, 1].map((k) => history.length - k * horizon).filter((origin) => origin > history.length / 2);
      const error = held.reduce((sum, origin) => {
        const { point } = forecast(history.subarray(0, origin), horizon);
        return sum + point.reduce((sum, y, k) => sum + Math.abs(y - (history[origin + k] as number)), 0);
      }, 0);
      return { forecast, error };
    });
    return errors.reduce((best, one) => (one.error < best.error ? one : best)).forecast;
  },
});

/** An ARIMA of one order, fitted to each history. */
export function arimaOf([p, d, q, P, D, Q]: Order, season: number): FittedBaseline {
  const s = P + D + Q > 0 ? season : 0;
  return (history, horizon) => {
    const recent = Array.from(history.subarray(-MOST_VALUES));
    const fallback = seasonalNaive(season).fit(history, horizon);
    const highest = Math.max(...recent.map(Math.abs));
    try {
      const model = new ARIMA({ p, d, q, P, D, Q, s, verbose: false }).train(recent);
      const [means, variances] = model.predict(horizon);
      model.destroy();
      const isSound =
        means.every((y) => Math.abs(y) < 10 * highest) && variances.every((v) => v >= 0 && v < Infinity);
      if (isSound) return normalForecast(means, variances.map(Math.sqrt));
    } catch {
      // too short for the order
    }
    return fallback(history, horizon);
  };
}
