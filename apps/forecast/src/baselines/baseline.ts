import type { Forecast } from '../prediction/forecast.ts';

/** Forecasts the steps after a history, which is [T] without gaps, see {@link interpolated}. */
export type FittedBaseline = (history: Float64Array, horizon: number) => Forecast;

/** A method that forecasts a series from its values alone. */
export interface Baseline {
  readonly name: string;
  /**
   * Chooses what is to be chosen on the history before the first forecast.
   *
   * @param history [T] without gaps
   * @param horizon steps of the forecasts to come
   */
  readonly fit: (history: Float64Array, horizon: number) => FittedBaseline;
}

/** A history whose missing values lie on the line between their neighbours. */
export function interpolated(values: Float64Array): Float64Array {
  const filled = values.slice();
  let last = 0;
  for (const [t, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const from = filled[last] as number;
    for (let k = last + 1; k < t; k++) filled[k] = from + ((value - from) * (k - last)) / (t - last);
    last = t;
  }
  return filled.fill(filled[last] as number, last);
}
