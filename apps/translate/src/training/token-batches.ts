import { type EpochRandom, lengthBuckets } from '@unroll/text';

/** Where a stream of batches stands. */
export interface BatchCursor {
  readonly epoch: number;
  /** Batches already read in this epoch. */
  readonly position: number;
}

/** What batches are made by: how long each side of a pair is. */
export interface Lengths {
  readonly source: { readonly length: number };
  readonly target: { readonly length: number };
}

export interface BatchOptions {
  /** The most tokens of target a batch may have, padding and boundaries included; a longer sentence stands alone. */
  readonly tokens: number;
  /** A source of order for each epoch. */
  readonly random: EpochRandom;
}

/**
 * Pairs in batches of about as many tokens each, of like length on both sides, in an order that is new every epoch and
 * follows from the seed and the epoch alone.
 */
export class TokenBatches {
  readonly #lengths: Float64Array;
  readonly #options: BatchOptions;
  #epoch: number;
  #position: number;
  #batches: readonly Int32Array[];

  constructor(pairs: readonly Lengths[], options: BatchOptions, cursor: BatchCursor = { epoch: 0, position: 0 }) {
    this.#lengths = bucketLengths(pairs);
    this.#options = options;
    this.#epoch = cursor.epoch;
    this.#position = cursor.position;
    this.#batches = this.#batchesOf(cursor.epoch);
  }

  get cursor(): BatchCursor {
    return { epoch: this.#epoch, position: this.#position };
  }

  /** Batches of the epoch that is being read. */
  get perEpoch(): number {
    return this.#batches.length;
  }

  /** The numbers of the next batch's pairs. */
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
    return lengthBuckets(this.#lengths, { places: tokens, random: random(epoch) });
  }
}

/** The target's tokens, its boundary among them; among equals, a little for the source's. */
export const bucketLengths = (pairs: readonly Lengths[]): Float64Array =>
  Float64Array.from(pairs, ({ source, target }) => target.length + 1 + source.length / 4096);
