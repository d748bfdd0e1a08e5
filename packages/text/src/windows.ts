import { DataError } from './data-error.ts';

/** One window of B streams, time-major. */
export interface Window {
  readonly T: number;
  readonly B: number;
  /** [T, B] ids. */
  readonly x: Int32Array<ArrayBuffer>;
  /** [T, B] the id after each of `x`. */
  readonly y: Int32Array<ArrayBuffer>;
}

/**
 * A text of N ids read by B streams at equal distances, window after window, for truncated BPTT. The text is a ring: each
 * stream reads on into what the next one began with, so that every ⌊(N − 1) / B⌋ predictions the text has been read once.
 */
export class WindowStream {
  readonly #ids: Int32Array;
  readonly #B: number;
  /** From one stream to the next. */
  readonly #stride: number;
  #position: number;

  /**
   * @param B number of parallel streams
   * @param position which id the first stream reads next
   * @throws DataError when there are fewer than B + 1 ids, or the position is not in the text
   */
  constructor(ids: Int32Array, B: number, position: number) {
    this.#stride = strideOf(ids, B);
    if (!(position >= 0 && position < ids.length))
      throw new DataError(
        `WindowStream: position must be in [0, ${ids.length}), got ${position}; it comes from another text`,
      );
    this.#ids = ids;
    this.#B = B;
    this.#position = position;
  }

  /**
   * Streams the last of which ends with the text's last id, when each predicts so many in all: what is read last is
   * remembered best, and what follows it is what a model is asked for, the held-out text among others.
   */
  static ending(ids: Int32Array, B: number, predictions: number): WindowStream {
    const N = ids.length;
    const ahead = (B - 1) * strideOf(ids, B) + predictions; // of the first stream's position, where the last one ends
    return new WindowStream(ids, B, (((N - 1 - ahead) % N) + N) % N);
  }

  /** Which id the first stream reads next: saved with a run, it resumes exactly. */
  get position(): number {
    return this.#position;
  }

  /** The next T predictions of each stream. */
  next(T: number): Window {
    const B = this.#B;
    const N = this.#ids.length;
    const x = new Int32Array(T * B);
    const y = new Int32Array(T * B);
    for (let b = 0; b < B; b++) {
      let from = (this.#position + b * this.#stride) % N;
      for (let t = 0; t < T; t++) {
        x[t * B + b] = this.#ids[from] as number;
        from = from + 1 === N ? 0 : from + 1;
        y[t * B + b] = this.#ids[from] as number;
      }
    }
    this.#position = (this.#position + T) % N;
    return { T, B, x, y };
  }
}

function strideOf(ids: Int32Array, B: number): number {
  const length = Math.floor((ids.length - 1) / B);
  if (length < 1)
    throw new DataError(
      `WindowStream: ids must hold at least B + 1 = ${B + 1}, got ${ids.length}; take a longer text, or a smaller B`,
    );
  return length;
}
