import { DataError, type Rng } from '@unroll/rnn-core';
import { type SeriesSet, splitOf, type TimeSeries } from '../data/time-series.ts';
import { type Inputs, scaleOf } from '../inputs.ts';

/** A context and the horizon after it. */
export interface Window {
  readonly series: TimeSeries;
  /** The first step of the horizon. */
  readonly origin: number;
}

/** Steps of a window before and after its origin. */
export interface WindowSize {
  readonly context: number;
  readonly horizon: number;
}

/** Which is the first window of a series. */
interface SeriesStart {
  readonly series: TimeSeries;
  readonly first: number;
}

/** Windows of the training parts of all series. */
export class TrainingWindows {
  readonly #starts: readonly SeriesStart[];
  readonly #context: number;
  /** How many there are. */
  readonly count: number;

  /** @throws DataError when the training part of a series is shorter than a window */
  constructor({ series, split, name }: SeriesSet, { context, horizon }: WindowSize) {
    let first = 0;
    this.#starts = series.map((one) => {
      const { trainEnd } = splitOf(one, split);
      const count = trainEnd - context - horizon + 1;
      if (count < 1)
        throw new DataError(
          `${name}${one.name && `: series ${one.name}`}: must have --context + --horizon = ${context + horizon} steps to train on, got ${trainEnd}; give a smaller --context or --horizon, or longer series`,
        );
      first += count;
      return { series: one, first: first - count };
    });
    this.count = first;
    this.#context = context;
  }

  /** B windows at random, each as likely as any other. */
  draw(B: number, rng: Rng): Window[] {
    return Array.from({ length: B }, () => {
      const k = rng.integer(this.count);
      const { series, first } = this.#starts.findLast(({ first }) => first <= k) as SeriesStart;
      return { series, origin: this.#context + k - first };
    });
  }
}

/** A batch of windows as arrays, time-major. */
export interface Batch {
  /** [T, B, F] the steps of the context and, where they are taught, of the horizon. */
  readonly x: Float32Array;
  /** [h, B, F] those of the horizon as far as they are known at the origin; of a direct forecast. */
  readonly future: Float32Array;
  /** [B] */
  readonly ids: Int32Array;
  /** [T, B], of a direct forecast [h, B]; 0 where nothing was observed. */
  readonly value: Float32Array;
  /** As value: 1 where it was observed, else 0. */
  readonly mask: Float32Array;
  /** [B] */
  readonly scale: Float32Array;
}

/**
 * The arrays of windows. Of direct forecasts x ends with the context, and value and mask are of the horizon alone.
 */
export function batchOf(
  windows: readonly Window[],
  inputs: Inputs,
  { context, horizon }: WindowSize,
  isDirect: boolean,
): Batch {
  const B = windows.length;
  const F = inputs.size((windows[0] as Window).series);
  const T = isDirect ? context : context + horizon;
  const h = isDirect ? horizon : 0;
  const batch = {
    x: new Float32Array(T * B * F),
    future: new Float32Array(h * B * F),
    ids: Int32Array.from(windows, ({ series }) => inputs.idOf(series)),
    value: new Float32Array((isDirect ? h : T) * B),
    mask: new Float32Array((isDirect ? h : T) * B),
    scale: new Float32Array(B),
  };
  for (const [b, { series, origin }] of windows.entries()) {
    const { values } = series;
    const from = origin - context;
    const scale = scaleOf(values, from, origin);
    batch.scale[b] = scale;
    for (let t = 0; t < T; t++)
      inputs.write(series, from + t, { values, origin: Infinity }, scale, batch.x, (t * B + b) * F);
    for (let k = 0; k < h; k++)
      inputs.write(series, origin + k, { values, origin }, scale, batch.future, (k * B + b) * F);
    const first = isDirect ? origin : from;
    for (let t = 0; t < batch.value.length / B; t++) {
      const value = values[first + t];
      const isKnown = value !== undefined && !Number.isNaN(value);
      batch.value[t * B + b] = isKnown ? value : 0;
      batch.mask[t * B + b] = isKnown ? 1 : 0;
    }
  }
  return batch;
}
