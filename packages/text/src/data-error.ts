/** An invalid text, file or list of ids. The message reads `Where: what must be X, got Y; remedy`. */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** Position in the input from 0: UTF-16 code units of a string, or entries of a list. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }
}
