import type { Rng } from '@unroll/rnn-core';

const WINDOW = 40; // batches whose texts are sorted by length together: little padding, and still a random order
const MAX_TOKENS = 16_384; // of a batch without gradients, padding included
const MAX_TEXTS = 256;

/**
 * One epoch's batches for training: every text once, texts of similar length together, the batches in random order.
 *
 * @param lengths tokens of each text
 * @param B texts of a batch
 * @returns which texts each batch holds
 */
export function shuffledBatches(lengths: Int32Array, B: number, rng: Rng): Int32Array[] {
  const order = rng.permutation(lengths.length);
  const batches: Int32Array[] = [];
  for (let from = 0; from < order.length; from += B * WINDOW) {
    const window = order.subarray(from, from + B * WINDOW).sort((a, b) => (lengths[a] as number) - (lengths[b] as number));
    for (let at = 0; at < window.length; at += B) batches.push(window.slice(at, at + B));
  }
  return Array.from(rng.permutation(batches.length), (k) => batches[k] as Int32Array);
}

/** Batches for judging: every text once, sorted by length, as many together as memory likes. */
export function* sortedBatches(lengths: Int32Array): Generator<Int32Array> {
  const order = Int32Array.from(lengths, (_, k) => k).sort((a, b) => (lengths[a] as number) - (lengths[b] as number));
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && to - from < MAX_TEXTS && (to - from + 1) * (lengths[order[to] as number] as number) <= MAX_TOKENS) to++;
    yield order.subarray(from, to);
    from = to;
  }
}
