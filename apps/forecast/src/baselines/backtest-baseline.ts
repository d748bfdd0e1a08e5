import type { TimeSeries } from '../data/time-series.ts';
import { backtest, type ForecastedWindow, type Origin } from '../evaluation.ts';
import { type Baseline, type FittedBaseline, interpolated } from './baseline.ts';

/** The forecasts of a baseline from the same origins as a network's; fitted once a series, before its first origin. */
export async function backtestBaseline(
  { fit }: Baseline,
  origins: readonly Origin[],
  horizon: number,
): Promise<ForecastedWindow[]> {
  const fitted = new Map<TimeSeries, FittedBaseline>();
  return await backtest(origins, horizon, ({ series, origin }) => {
    const history = interpolated(series.values.slice(0, origin));
    const forecast = fitted.get(series) ?? fit(history, horizon);
    fitted.set(series, forecast);
    return forecast(history, horizon);
  });
}
