import {
  coverage,
  crpsOfQuantiles,
  mase,
  meanAndSd,
  seasonalNaiveError,
  smape,
  weightedQuantileLoss,
} from '@unroll/metrics';
import { DataError, yieldToEventLoop } from '@unroll/rnn-core';
import { type SeriesSet, splitOf, type TimeSeries } from './data/time-series.ts';
import type { Forecast } from './prediction/forecast.ts';
import { INTERVALS, LEVELS, MEDIAN } from './quantiles.ts';

/** Where a forecast begins. */
export interface Origin {
  readonly series: TimeSeries;
  /** The first step that is forecast. */
  readonly origin: number;
}

/** A forecast, and what came. */
export interface ForecastedWindow extends Origin {
  /** [h]; NaN where nothing was observed. */
  readonly actual: Float64Array;
  readonly forecast: Forecast;
}

/** Metrics of forecasts; see `@unroll/metrics`. */
export interface ForecastScore {
  /** Mean of the windows; undefined where the training part of no series has two values a season apart that differ. */
  readonly mase: number | undefined;
  /** A fraction in [0, 2]. */
  readonly smape: number;
  /** In the unit of the data. */
  readonly crps: number;
  /** Undefined where every actual value is 0. */
  readonly weightedQuantileLoss: number | undefined;
  /** Fractions of values in the 80 % and 95 % intervals. */
  readonly coverage80: number;
  readonly coverage95: number;
  /** Number of forecasts. */
  readonly windows: number;
}

/** Which origins of a part are taken. */
export interface OriginOptions {
  /** Steps from one origin to the next; by default the horizon, so that no two forecasts are of one step. */
  readonly stride?: number | undefined;
  /** Most origins; of more, evenly many are taken. */
  readonly most?: number | undefined;
}

/**
 * Rolling origins: where forecasts of a part of every series begin, so that each ends within the part.
 *
 * @throws DataError when no part is as long as the horizon
 */
export function originsOf(
  { series, split, name }: SeriesSet,
  part: 'valid' | 'test',
  horizon: number,
  { stride = horizon, most = Infinity }: OriginOptions = {},
): Origin[] {
  const origins = series.flatMap((one) => {
    const { trainEnd, validEnd, end } = splitOf(one, split);
    const [from, to] = part === 'valid' ? [trainEnd, validEnd] : [validEnd, end];
    const count = Math.max(0, Math.floor((to - from - horizon) / stride) + 1);
    return Array.from({ length: count }, (_, k) => ({ series: one, origin: from + k * stride }));
  });
  if (origins.length === 0)
    throw new DataError(
      `${name}: must have --horizon = ${horizon} steps of ${part === 'valid' ? 'validation' : 'test'} data, got fewer; give a smaller --horizon, or longer series`,
    );
  if (origins.length <= most) return origins;
  return Array.from({ length: most }, (_, k) => origins[Math.floor((k * origins.length) / most)] as Origin);
}

/** Forecasts from every origin, and what came; windows without an observation are left out. */
export async function backtest(
  origins: readonly Origin[],
  horizon: number,
  forecast: (origin: Origin) => Forecast,
): Promise<ForecastedWindow[]> {
  const windows: ForecastedWindow[] = [];
  for (const at of origins) {
    const actual = at.series.values.slice(at.origin, at.origin + horizon);
    if (actual.every(Number.isNaN)) continue;
    windows.push({ ...at, actual, forecast: forecast(at) });
    await yieldToEventLoop();
  }
  return windows;
}

/** The metrics of forecasts over all windows. @throws DataError when nothing was observed in any */
export function scoreOf(windows: readonly ForecastedWindow[], data: SeriesSet): ForecastScore {
  const naiveErrors = new Map(data.series.map((series) => [series, naiveErrorOf(series, data)]));
  const scaledErrors = windows.flatMap(({ series, actual, forecast }) => {
    const error = naiveErrors.get(series);
    return error === undefined ? [] : mase(actual, forecast.point, error);
  });
  const actual = concatenated(windows.map(({ actual }) => actual));
  const quantiles = concatenated(windows.map(({ forecast }) => forecast.quantiles));
  const at = (level: number): Float64Array =>
    Float64Array.from(actual, (_, n) => quantiles[n * LEVELS.length + level] as number);
  const covered = (percent: keyof typeof INTERVALS): number => {
    const [lower, upper] = INTERVALS[percent];
    return coverage(actual, at(lower), at(upper));
  };
  const all = { levels: LEVELS, quantiles };
  return {
    mase: scaledErrors.length > 0 ? meanAndSd(scaledErrors).mean : undefined,
    smape: smape(actual, at(MEDIAN)),
    crps: crpsOfQuantiles(actual, all),
    weightedQuantileLoss: actual.some((y) => Math.abs(y) > 0) ? weightedQuantileLoss(actual, all) : undefined,
    coverage80: covered(80),
    coverage95: covered(95),
    windows: windows.length,
  };
}

/** The unit of MASE; undefined where it is 0, or where no two values are a season apart. */
function naiveErrorOf(series: TimeSeries, { season, split }: SeriesSet): number | undefined {
  const training = series.values.subarray(0, splitOf(series, split).trainEnd);
  const period = season < training.length ? season : 1;
  const differ = training.some((value, t) => Math.abs(value - (training[t - period] ?? Number.NaN)) > 0);
  return differ ? seasonalNaiveError(training, period) : undefined;
}

/** The CRPS of all windows together, in the unit of the data. @throws DataError when nothing was observed in any */
export const crpsOf = (windows: readonly ForecastedWindow[]): number =>
  crpsOfQuantiles(concatenated(windows.map(({ actual }) => actual)), {
    levels: LEVELS,
    quantiles: concatenated(windows.map(({ forecast }) => forecast.quantiles)),
  });

/** The CRPS of each window: losses that a test of significance compares. */
export const crpsOfWindows = (windows: readonly ForecastedWindow[]): number[] =>
  windows.map(({ actual, forecast }) => crpsOfQuantiles(actual, { levels: LEVELS, quantiles: forecast.quantiles }));

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
