import type { TimeAxis } from './time-axis.ts';

/** Numbers at equal distances of time. */
export interface TimeSeries {
  /** Its name among several; empty for the only one. */
  readonly name: string;
  readonly axis: TimeAxis;
  /** [T]; NaN where nothing was observed. The first and the last are numbers. */
  readonly values: Float64Array;
  /** What is known beside the values, each [T] or longer: what is beyond T is known of the future. */
  readonly covariates: readonly Float64Array[];
}

/** Series of one frequency, and where their parts begin. */
export interface SeriesSet {
  /** For the run's folder. */
  readonly name: string;
  /** Steps of a season. */
  readonly season: number;
  readonly covariateNames: readonly string[];
  readonly series: readonly TimeSeries[];
  /** Fractions of each series for training and validation; the rest is for testing. */
  readonly split: SplitFractions;
  /** What was done to the data, a line each. */
  readonly notes: readonly string[];
}

/** How much of each series is for what; the rest is for testing. */
export interface SplitFractions {
  readonly train: number;
  readonly valid: number;
}

/** Steps [0, trainEnd) are for training, [trainEnd, validEnd) for validation, the rest for testing. */
export interface Split {
  readonly trainEnd: number;
  readonly validEnd: number;
  readonly end: number;
}

/** Where the parts of a series begin. */
export function splitOf({ values }: TimeSeries, { train, valid }: SplitFractions): Split {
  const end = values.length;
  return { trainEnd: Math.round(end * train), validEnd: Math.round(end * (train + valid)), end };
}
