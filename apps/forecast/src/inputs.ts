import { DataError } from '@unroll/rnn-core';
import { z } from 'zod';
import { Calendar, type Holidays } from './data/calendar.ts';
import type { SeriesSet, TimeSeries } from './data/time-series.ts';
import { splitOf } from './data/time-series.ts';
import { formatTime } from './data/timestamp.ts';

/** How series become the inputs of the network; the content of `tokenizer.json`. */
export const inputDescription = z.strictObject({
  format: z.literal('time-series'),
  /** Names of the series, in the order of their embeddings. */
  series: z.array(z.string()).min(1),
  /** Steps of a season. */
  season: z.int().min(1),
  /** Which earlier values the network is given at a step, the one before it first. */
  lags: z.array(z.int().min(1)).min(1),
  /** Numbers known beside the values, with what standardises them. */
  covariates: z.array(z.strictObject({ name: z.string(), mean: z.number(), sd: z.number().positive() })),
  /** Mean of ln ν over the series in training. */
  logScale: z.number(),
  holidays: z.strictObject({
    names: z.array(z.string()),
    days: z.record(z.string(), z.array(z.string())),
  }),
});

/** {@link inputDescription}, read. */
export type InputDescription = z.infer<typeof inputDescription>;

/** What the input of a step is computed from: values so far and, where they are forecast, those of a path after them. */
export interface Past {
  readonly values: ArrayLike<number>;
  /** The step from which on values are of the path. */
  readonly origin: number;
  /** [≥ t - origin] */
  readonly path?: ArrayLike<number>;
}

/**
 * The inputs of the network at a step: earlier values over the scale, whether the one before it is known, the size of the
 * series, the calendar, and covariates. A value that was not observed is 0.
 */
export class Inputs {
  readonly description: InputDescription;
  readonly #calendars = new WeakMap<TimeSeries, { calendar: Calendar; known: Float32Array; steps: number }>();

  constructor(description: InputDescription) {
    this.description = description;
  }

  /**
   * The description of the inputs for series to train on.
   * @param lags by default those of {@link defaultLags}
   */
  static describe(
    { series, season, covariateNames, split }: SeriesSet,
    { lags, holidays, context }: { lags: readonly number[]; holidays: Holidays; context: number },
  ): InputDescription {
    const trained = series.map((one) => ({ one, end: splitOf(one, split).trainEnd }));
    const scales = trained.map(({ one, end }) => Math.log(scaleOf(one.values, end - context, end)));
    return {
      format: 'time-series',
      series: series.map(({ name }) => name),
      season,
      lags: [...lags],
      covariates: covariateNames.map((name, c) => {
        const values = trained.flatMap(({ one, end }) =>
          Array.from((one.covariates[c] as Float64Array).subarray(0, end)),
        );
        const mean = values.reduce((a, b) => a + b) / values.length;
        const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
        return { name, mean, sd: sd || 1 };
      }),
      logScale: scales.reduce((a, b) => a + b) / scales.length,
      holidays: {
        names: [...holidays.names],
        days: Object.fromEntries(Object.entries(holidays.days).map(([name, days]) => [name, [...days]])),
      },
    };
  }

  /** Numbers of a step. */
  size(series: TimeSeries): number {
    return (
      this.description.lags.length + 2 + this.#known(series, 0).calendar.size + this.description.covariates.length
    );
  }

  /** The position of a series in the table of embeddings. @throws DataError when the network was not trained on it */
  idOf({ name }: TimeSeries): number {
    const id = this.description.series.indexOf(name);
    if (id < 0)
      throw new DataError(
        `series ${name}: must be one that the model was trained on, got none of ${this.description.series.length}; train with it`,
      );
    return id;
  }

  /**
   * Writes the input of step t from `at` on.
   *
   * @param scale ν of {@link scaleOf}
   * @throws DataError when a covariate is not known at that step
   */
  write(series: TimeSeries, t: number, past: Past, scale: number, into: Float32Array, at: number): void {
    const { lags, logScale, season } = this.description;
    const known = this.#known(series, t + 1);
    const { values, origin, path } = past;
    for (const lag of lags) {
      let from = t - lag;
      // Without a path what is not known yet is replaced by the last value of the same season.
      if (!path) while (from >= origin) from -= season;
      const value = from < origin ? values[from] : path?.[from - origin];
      into[at++] = value === undefined || Number.isNaN(value) ? 0 : value / scale;
    }
    const before = t - 1 < origin ? values[t - 1] : 0;
    into[at++] = before === undefined || Number.isNaN(before) ? 0 : 1;
    into[at++] = Math.log(scale) - logScale;
    const width = known.known.length / known.steps;
    into.set(known.known.subarray(t * width, (t + 1) * width), at);
  }

  /** Calendar and covariates of the steps up to `end`, computed once. */
  #known(series: TimeSeries, end: number) {
    const found = this.#calendars.get(series);
    if (found && found.steps >= end) return found;
    const calendar = found?.calendar ?? new Calendar(series.axis, this.description.holidays);
    const { covariates } = this.description;
    const steps = Math.max(end, Math.ceil(1.1 * (found?.steps ?? 0)), series.values.length);
    const width = calendar.size + covariates.length;
    const known = new Float32Array(steps * width);
    for (let t = 0; t < steps; t++) {
      calendar.write(series.axis.at(t), known, t * width);
      for (const [c, { mean, sd }] of covariates.entries()) {
        const value = series.covariates[c]?.[t];
        known[t * width + calendar.size + c] = value === undefined ? Number.NaN : (value - mean) / sd;
      }
    }
    const whole = { calendar, known, steps };
    this.#calendars.set(series, whole);
    return whole;
  }

  /**
   * @param end the step behind the last one that is needed
   * @throws DataError when a covariate is not known up to there
   */
  checkKnown(series: TimeSeries, end: number): void {
    for (const [c, { name }] of this.description.covariates.entries()) {
      const column = series.covariates[c];
      if (column && column.length >= end) continue;
      const first = formatTime(series.axis.at(column?.length ?? 0));
      throw new DataError(
        `${series.name ? `series ${series.name}: ` : ''}covariate ${name} must be known up to ${formatTime(series.axis.at(end - 1))}, got none from ${first} on; add rows with it and an empty value`,
      );
    }
  }
}

/** ν: the mean of |value| over steps [from, to); 1 where nothing was observed, or zeros alone. */
export function scaleOf(values: ArrayLike<number>, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let t = Math.max(0, from); t < to; t++) {
    const value = values[t] as number;
    if (Number.isNaN(value)) continue;
    sum += Math.abs(value);
    count++;
  }
  return sum > 0 ? sum / count : 1;
}

/** The last few values, and those of one, two and four seasons ago and, of days, of the same weekday and date a year ago. */
export function defaultLags(season: number): number[] {
  const seasonal = season > 1 ? [season, 2 * season, 4 * season] : [];
  const yearly = season === 7 ? [364, 365, 371] : [];
  const near = [1, 2, 3, 4, 5, 6, 7];
  return [...new Set([...near, ...seasonal, ...yearly])].sort((a, b) => a - b);
}
