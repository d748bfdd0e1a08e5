/** Data that a metric is not defined on, in the form `Where: what must be X, got Y`. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
