import { DataError } from './data-error.ts';
import { type RandomSource, shuffle } from './random.ts';

/** Of {@link lengthBuckets}. */
export interface BucketOptions {
  /** Maximum number of examples in a batch. */
  readonly batchSize?: number;
  /** Maximum number of tokens in a batch, with padding: examples × longest length. A longer example is a batch alone. */
  readonly maxTokens?: number;
  /** Shuffles the examples and batches; without it, batches are in ascending order of length. */
  readonly random?: RandomSource | undefined;
}

/**
 * Groups examples of similar length into batches, to have little padding. Examples of equal length and the order of batches
 * are shuffled, so that epochs differ.
 *
 * @param lengths [N] the length of each example in tokens; for pairs for example that of the longer side
 * @returns for each batch the indices of its examples; each index occurs once
 * @throws DataError when neither limit is given
 */
export function lengthBuckets(
  lengths: ArrayLike<number>,
  { batchSize = Number.POSITIVE_INFINITY, maxTokens = Number.POSITIVE_INFINITY, random }: BucketOptions,
): Int32Array[] {
  if (batchSize === Number.POSITIVE_INFINITY && maxTokens === Number.POSITIVE_INFINITY)
    throw new DataError('lengthBuckets: batchSize or maxTokens must be given, got neither');
  const order = Array.from({ length: lengths.length }, (_, k) => k);
  if (random) shuffle(order, random);
  order.sort((a, b) => (lengths[a] as number) - (lengths[b] as number)); // stable: equal lengths stay shuffled
  const batches: Int32Array[] = [];
  let batch: number[] = [];
  for (const example of order) {
    const size = batch.length + 1;
    // Lengths ascend, so the last example is the longest.
    if (batch.length > 0 && (size > batchSize || size * (lengths[example] as number) > maxTokens)) {
      batches.push(Int32Array.from(batch));
      batch = [];
    }
    batch.push(example);
  }
  if (batch.length > 0) batches.push(Int32Array.from(batch));
  if (!random) return batches;
  const batchOrder = batches.map((_, k) => k);
  shuffle(batchOrder, random);
  return batchOrder.map((k) => batches[k] as Int32Array);
}
