import { DataError } from './data-error.ts';

/** One window of B streams, time-major. */
export interface Window {
  readonly T: number;
  readonly B: number;
  /** [T, B] ids. */
  readonly x: Int32Array<ArrayBuffer>;
  /** [T, B] targets: the id after each of `x`. */
  readonly y: Int32Array<ArrayBuffer>;
}

/**
 * Windows for truncated back-propagation through time: B parallel streams, at equal distances in a text of N ids, whose
 * windows follow each other. The text is circular: a stream continues into the start of the next one, so that ⌊(N − 1) / B⌋
 * predictions per stream are one epoch.
 */
export class WindowStream {
  readonly #ids: Int32Array;
  readonly #B: number;
  /** Distance between the streams, in ids. */
  readonly #stride: number;
  #position: number;

  /**
   * @param B number of parallel streams
   * @param position index of the id that the first stream reads next
   * @throws DataError when there are fewer than B + 1 ids, or `position` is out of range
   */
  constructor(ids: Int32Array, B: number, position: number) {
    this.#stride = strideOf(ids, B);
    if (!(position >= 0 && position < ids.length))
      throw new DataError(
        `WindowStream: position must be in [0, ${ids.length}), got ${position}; it belongs to another text`,
      );
    this.#ids = ids;
    this.#B = B;
    this.#position = position;
  }

  /**
   * Chooses the start such that the last stream ends at the last id of the text after `predictions` predictions: what is
   * trained on last is remembered best, and the held-out text follows it.
   */
  static ending(ids: Int32Array, B: number, predictions: number): WindowStream {
    const N = ids.length;
    const ahead = (B - 1) * strideOf(ids, B) + predictions; // distance from the first stream's start to the last one's end
    return new WindowStream(ids, B, (((N - 1 - ahead) % N) + N) % N);
  }

  /** Index of the id that the first stream reads next; saved with a run, training resumes exactly. */
  get position(): number {
    return this.#position;
  }

  /** Returns the next T predictions of each stream. */
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
      `WindowStream: ids must hold at least B + 1 = ${B + 1}, got ${ids.length}; use a longer text or a smaller batch size`,
    );
  return length;
}
