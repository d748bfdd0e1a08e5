/** The distribution of the next values of a series, as every method gives it. */
export interface Forecast {
  /** [h] the point forecast: the median. */
  readonly point: Float64Array;
  /** [h, Q] quantiles at all levels, ascending. */
  readonly quantiles: Float64Array;
}
