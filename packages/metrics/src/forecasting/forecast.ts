import { DataError } from '../data-error.ts';

/**
 * Mean absolute error of the seasonal naive forecast on the training data: the unit that MASE counts in.
 *
 * @param training [T]; NaN where nothing was observed
 * @param period steps of a season; 1 = the naive forecast
 * @throws DataError when no two observations are a season apart, or all of them are equal
 */
export function seasonalNaiveError(training: ArrayLike<number>, period: number): number {
  let [sum, count] = [0, 0];
  for (let t = period; t < training.length; t++) {
    const error = Math.abs((training[t] as number) - (training[t - period] as number));
    if (Number.isNaN(error)) continue;
    sum += error;
    count++;
  }
  if (!(sum > 0))
    throw new DataError(
      `seasonalNaiveError: training must vary between steps ${period} apart, got ${count} such pairs${count > 0 ? ', all equal' : ''}`,
    );
  return sum / count;
}

/**
 * Mean absolute scaled error, lower is better; below 1 the forecast errs less than the seasonal naive one does on the
 * training data. Source: Hyndman & Koehler 2006; R's forecast::accuracy.
 *
 * @param actual [N]; NaN is passed over, here and below
 * @param point [N]
 * @param scale of {@link seasonalNaiveError}
 */
export const mase = (actual: ArrayLike<number>, point: ArrayLike<number>, scale: number): number =>
  meanOf(actual, (y, n) => Math.abs(y - (point[n] as number)) / scale);

/**
 * Symmetric mean absolute percentage error, a fraction in [0, 2], lower is better: 2·|y - ŷ| / (|y| + |ŷ|), 0 where both
 * are 0. Source: the M4 competition; torchmetrics' SymmetricMeanAbsolutePercentageError.
 */
export const smape = (actual: ArrayLike<number>, point: ArrayLike<number>): number =>
  meanOf(actual, (y, n) => {
    const sum = Math.abs(y) + Math.abs(point[n] as number);
    return sum === 0 ? 0 : (2 * Math.abs(y - (point[n] as number))) / sum;
  });

/** Quantile (pinball) loss of one forecast: τ·d where d = y - q is above 0, (τ-1)·d below. */
export function quantileLoss(actual: number, quantile: number, level: number): number {
  const d = actual - quantile;
  return Math.max(level * d, (level - 1) * d);
}

/** Quantiles that were forecast: those of step n stand at n·Q, in the order of the levels. */
export interface QuantileForecast {
  /** [Q], ascending, each in (0, 1) */
  readonly levels: readonly number[];
  /** [N, Q] */
  readonly quantiles: ArrayLike<number>;
}

/**
 * Weighted quantile loss, lower is better: 2·Σ quantile losses / Σ |y|, the mean over the levels.
 * Source: GluonTS's mean_weighted_sum_quantile_loss.
 *
 * @throws DataError when all actual values are 0
 */
export function weightedQuantileLoss(actual: ArrayLike<number>, forecast: QuantileForecast): number {
  const size = meanOf(actual, Math.abs);
  if (size === 0) throw new DataError('weightedQuantileLoss: an actual value must differ from 0, got zeros alone');
  return crpsOfQuantiles(actual, forecast) / size;
}

/**
 * Continuous ranked probability score from quantiles, in the unit of the data, lower is better: the mean over evenly
 * spaced levels of twice the quantile loss. Of a point forecast it is the absolute error.
 */
export function crpsOfQuantiles(actual: ArrayLike<number>, { levels, quantiles }: QuantileForecast): number {
  const Q = levels.length;
  return meanOf(actual, (y, n) => {
    const losses = levels.map((level, q) => quantileLoss(y, quantiles[n * Q + q] as number, level));
    return (2 * losses.reduce((a, b) => a + b, 0)) / Q;
  });
}

/**
 * Continuous ranked probability score of one forecast from samples of it, lower is better: E|X - y| - ½·E|X - X'|.
 * Source: Gneiting & Raftery 2007, equation 21; torchmetrics' continuous_ranked_probability_score.
 */
export function crpsOfSamples(actual: number, samples: ArrayLike<number>): number {
  const N = samples.length;
  const ascending = Float64Array.from(samples).sort();
  let [error, spread] = [0, 0];
  for (const [k, x] of ascending.entries()) {
    error += Math.abs(x - actual);
    spread += (2 * k + 1 - N) * x; // Σᵢⱼ |xᵢ - xⱼ| = 2·Σₖ (2k + 1 - N)·x₍ₖ₎
  }
  return error / N - spread / (N * N);
}

/** The fraction of actual values from `lower` to `upper`; of an 80 % interval it should be 0.8. */
export const coverage = (actual: ArrayLike<number>, lower: ArrayLike<number>, upper: ArrayLike<number>): number =>
  meanOf(actual, (y, n) => ((lower[n] as number) <= y && y <= (upper[n] as number) ? 1 : 0));

/** The mean over the values that are not NaN. @throws DataError when there is none */
function meanOf(actual: ArrayLike<number>, f: (y: number, n: number) => number): number {
  let [sum, count] = [0, 0];
  for (let n = 0; n < actual.length; n++) {
    const y = actual[n] as number;
    if (Number.isNaN(y)) continue;
    sum += f(y, n);
    count++;
  }
  if (count === 0) throw new DataError('forecast metrics: an actual value must be known, got none');
  return sum / count;
}
