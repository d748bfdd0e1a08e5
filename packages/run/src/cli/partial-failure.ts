import { type JsonObject, UnrollError } from '@unroll/rnn-core';

/** Thrown when a part of the work failed: the exit code says so, and `--json` prints the rest with the error. */
export class PartialFailure extends UnrollError {
  override name = 'PartialFailure';
  /** What `--json` prints besides `error`. */
  readonly result: JsonObject;

  constructor(message: string, result: JsonObject) {
    super(message);
    this.result = result;
  }
}
