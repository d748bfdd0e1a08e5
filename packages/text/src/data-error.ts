/** What is wrong with a text, a file or a list of ids, in the form `Where: what must be X, got Y; remedy`. */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** Where in the input, counted from 0: UTF-16 code units of a string, or entries of a list. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }
}
