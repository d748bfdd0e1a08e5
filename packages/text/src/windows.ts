import { DataError } from './data-error.ts';
import { below, type EpochRandom } from './random.ts';

/** Where a stream of windows stands. Plain numbers: saved with a run, it resumes exactly. */
export interface WindowCursor {
  readonly epoch: number;
  /** Steps of time already read in this epoch, from each stream. */
  readonly position: number;
}

/** One window of B streams, time-major. */
export interface Window {
  readonly T: number;
  readonly B: number;
  /** [T, B] ids. */
  readonly x: Int32Array<ArrayBuffer>;
  /** [T, B] the id after each of `x`. */
  readonly y: Int32Array<ArrayBuffer>;
  readonly epoch: number;
  /** True where the streams start: the carried state belongs to another place and must be zeroed. */
  readonly fresh: boolean;
}

export interface WindowOptions {
  /** Number of parallel streams. */
  readonly B: number;
  /** Steps of time in a window. */
  readonly T: number;
  /** Turns the text by a random amount each epoch, so that the streams begin elsewhere. */
  readonly random?: EpochRandom;
}

/**
 * A text of N ids as B contiguous streams of ⌊(N − 1) / B⌋ predictions, read window after window for truncated BPTT.
 *
 * Row t + 1 of a stream follows row t, and the first row of a window follows the last of the window before it. An
 * epoch's last window is as short as what is left. With `random` the text is a ring, begun at another place each epoch.
 */
export class WindowStream {
  /** Predictions in each stream in an epoch. */
  readonly length: number;
  readonly #ids: Int32Array;
  readonly #options: WindowOptions;
  #cursor: WindowCursor;
  #start: number;

  /** @throws DataError when `ids` cannot fill one window, or the cursor is not of these streams */
  constructor(ids: Int32Array, options: WindowOptions, cursor: WindowCursor = { epoch: 0, position: 0 }) {
    const { B, T } = options;
    if (ids.length < B * T + 1)
      throw new DataError(
        `WindowStream: ids must hold at least B·T + 1 = ${B * T + 1} for one window of T=${T} in B=${B} streams, ` +
          `got ${ids.length}; take a longer text, or a smaller B or T`,
      );
    this.length = Math.floor((ids.length - 1) / B);
    if (!(cursor.position >= 0 && cursor.position < this.length))
      throw new DataError(
        `WindowStream: cursor.position must be in [0, ${this.length}), got ${cursor.position}; ` +
          'it comes from another text or another B',
      );
    this.#ids = ids;
    this.#options = options;
    this.#cursor = cursor;
    this.#start = this.#startOf(cursor.epoch);
  }

  get cursor(): WindowCursor {
    return this.#cursor;
  }

  /** The next window, of `T` steps where a schedule asks for other than the usual. */
  next(T: number = this.#options.T): Window {
    const { B } = this.#options;
    const { epoch, position } = this.#cursor;
    const steps = Math.min(T, this.length - position);
    const x = new Int32Array(steps * B);
    const y = new Int32Array(steps * B);
    for (let b = 0; b < B; b++) {
      let from = (this.#start + b * this.length + position) % this.#ids.length;
      for (let t = 0; t < steps; t++) {
        x[t * B + b] = this.#ids[from] as number;
        from = from + 1 === this.#ids.length ? 0 : from + 1;
        y[t * B + b] = this.#ids[from] as number;
      }
    }
    this.#advance(steps);
    return { T: steps, B, x, y, epoch, fresh: position === 0 };
  }

  #advance(steps: number): void {
    const { epoch, position } = this.#cursor;
    const ended = position + steps === this.length;
    this.#cursor = ended ? { epoch: epoch + 1, position: 0 } : { epoch, position: position + steps };
    if (ended) this.#start = this.#startOf(epoch + 1);
  }

  #startOf(epoch: number): number {
    const { random } = this.#options;
    return random ? below(random(epoch), this.#ids.length) : 0;
  }
}

/** One pass over `ids`: all windows of one epoch. With B = 1 every id but the first is predicted exactly once. */
export function* windows(ids: Int32Array, options: WindowOptions): Generator<Window> {
  const stream = new WindowStream(ids, options);
  while (stream.cursor.epoch === 0) yield stream.next();
}
