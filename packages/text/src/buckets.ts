import { DataError } from './data-error.ts';
import { type RandomSource, shuffle } from './random.ts';

export interface BucketOptions {
  /** Examples a batch holds at most. */
  readonly examples?: number;
  /** Places a batch holds at most, padding included: its examples times its longest. A longer example stands alone. */
  readonly places?: number;
  /** Draws the order; without, batches come from the shortest to the longest. */
  readonly random?: RandomSource | undefined;
}

/**
 * Groups examples of like length into batches, so that little of a batch is padding. Equal lengths are mixed and the batches
 * come in random order, so that no batch is the same in two epochs.
 *
 * @param lengths of each example; for pairs the longer side, or a weight of both
 * @returns the examples of each batch by number, every one once
 * @throws DataError when neither limit is given
 */
export function lengthBuckets(
  lengths: ArrayLike<number>,
  { examples = Number.POSITIVE_INFINITY, places = Number.POSITIVE_INFINITY, random }: BucketOptions,
): Int32Array[] {
  if (examples === Number.POSITIVE_INFINITY && places === Number.POSITIVE_INFINITY)
    throw new DataError('lengthBuckets: examples or places must be given, got neither');
  const order = Array.from({ length: lengths.length }, (_, k) => k);
  if (random) shuffle(order, random);
  order.sort((a, b) => (lengths[a] as number) - (lengths[b] as number)); // stable: the draw stays among equals
  const batches: Int32Array[] = [];
  let batch: number[] = [];
  for (const example of order) {
    const size = batch.length + 1;
    // In ascending order the newest is the longest.
    if (batch.length > 0 && (size > examples || size * (lengths[example] as number) > places)) {
      batches.push(Int32Array.from(batch));
      batch = [];
    }
    batch.push(example);
  }
  if (batch.length > 0) batches.push(Int32Array.from(batch));
  if (!random) return batches;
  const turns = batches.map((_, k) => k);
  shuffle(turns, random);
  return turns.map((k) => batches[k] as Int32Array);
}
