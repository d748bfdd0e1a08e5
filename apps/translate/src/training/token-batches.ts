import { DataError, type EpochRandom, lengthBuckets } from '@unroll/text';

/** Position in the stream of batches. */
export interface BatchCursor {
  readonly epoch: number;
  /** Batches of this epoch already used. */
  readonly position: number;
}

/** The length of each side of a pair. */
export interface PairLengths {
  readonly source: { readonly length: number };
  readonly target: { readonly length: number };
}

/** Of {@link TokenBatches}. */
export interface BatchOptions {
  /** Target tokens of a batch at most, padding and end-of-sentence tokens included; a longer sentence is its own batch. */
  readonly tokens: number;
  /** Source of the random order of each epoch. */
  readonly random: EpochRandom;
}

/**
 * Batches of pairs of similar length, about as many target tokens each, shuffled again each epoch; the order depends on
 * the seed and the epoch alone.
 */
export class TokenBatches {
  readonly #lengths: Float64Array;
  readonly #options: BatchOptions;
  #epoch: number;
  #position: number;
  #batches: readonly Int32Array[];

  /** @throws DataError when the cursor is not in its epoch */
  constructor(pairs: readonly PairLengths[], options: BatchOptions, cursor: BatchCursor = { epoch: 0, position: 0 }) {
    this.#lengths = bucketLengths(pairs);
    this.#options = options;
    this.#epoch = cursor.epoch;
    this.#position = cursor.position;
    this.#batches = this.#batchesOf(cursor.epoch);
    const { position } = cursor;
    if (!(Number.isInteger(position) && position >= 0 && position <= this.perEpoch))
      throw new DataError(
        `TokenBatches: position must be in [0, ${this.perEpoch}], the batches of an epoch, got ${position}; it belongs to other pairs or to batches of another size`,
      );
  }

  /** Where the next batch is, to resume there. */
  get cursor(): BatchCursor {
    return { epoch: this.#epoch, position: this.#position };
  }

  /** Batches of the current epoch. */
  get perEpoch(): number {
    return this.#batches.length;
  }

  /** Indices of the next batch's pairs. */
  next(): Int32Array {
    if (this.#position === this.#batches.length) {
      this.#epoch++;
      this.#position = 0;
      this.#batches = this.#batchesOf(this.#epoch);
    }
    return this.#batches[this.#position++] as Int32Array;
  }

  #batchesOf(epoch: number): Int32Array[] {
    const { tokens, random } = this.#options;
    return lengthBuckets(this.#lengths, { maxTokens: tokens, random: random(epoch) });
  }
}

/** Sort keys of pairs: target tokens, the end-of-sentence token included, and among equals the source's. */
export const bucketLengths = (pairs: readonly PairLengths[]): Float64Array =>
  Float64Array.from(pairs, ({ source, target }) => target.length + 1 + source.length / 4096);
