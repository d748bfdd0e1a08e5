import { type Backend, Tape, yieldToEventLoop } from '@unroll/rnn-core';
import { lengthBuckets, pad } from '@unroll/text';
import type { SentimentModel } from '../model/sentiment-model.ts';
import type { EncodedTokens } from '../tokenizer/encoded-text.ts';
import { ProjectionCache } from './projection-cache.ts';

const MAX_TEXTS = 256; // that fill the cache together
const MAX_TOKENS = 16_384; // of those, with padding
const BATCH_SIZE = 32; // the activations of so many sentences fit the cache of a core

/**
 * Computes {@link cachedNetworkLogits} with a cache for one call, for a model that is still being trained. Between batches
 * the event loop gets its turn.
 */
export async function networkLogits(
  model: SentimentModel,
  backend: Backend,
  texts: readonly EncodedTokens[],
): Promise<Float32Array> {
  using cache = new ProjectionCache(model, backend);
  const means = new Float32Array(texts.length * model.config.numClasses);
  for (const _ of addLogits(means, model, cache, texts)) await yieldToEventLoop();
  return means;
}

/**
 * Returns the mean of the networks' logits for each text, without dropout: [N · C].
 *
 * @param cache of this model
 */
export function cachedNetworkLogits(
  model: SentimentModel,
  cache: ProjectionCache,
  texts: readonly EncodedTokens[],
): Float32Array {
  const means = new Float32Array(texts.length * model.config.numClasses);
  for (const _ of addLogits(means, model, cache, texts));
  return means;
}

/** Adds the mean logits to `means`, [N · C], batch by batch; yields after each. */
function* addLogits(
  means: Float32Array,
  model: SentimentModel,
  cache: ProjectionCache,
  texts: readonly EncodedTokens[],
): Generator<void> {
  const { numClasses: C, ensembleSize } = model.config;
  const groups = lengthBuckets(
    texts.map(({ ids }) => ids.length),
    { batchSize: MAX_TEXTS, maxTokens: MAX_TOKENS },
  );
  for (const group of groups) {
    const rows = cache.rowsOf(Array.from(group, (k) => texts[k] as EncodedTokens));
    for (let from = 0; from < group.length; from += BATCH_SIZE) {
      const { T, B, ids, lengths } = pad(rows.slice(from, from + BATCH_SIZE));
      for (const [k, member] of model.members.entries()) {
        using tape = new Tape(cache.backend, { record: false });
        const logits = member.forwardCached(cache.projections(k), tape.ids(ids, [T, B]), lengths).view();
        for (let b = 0; b < B; b++)
          for (let c = 0; c < C; c++) {
            const at = (group[from + b] as number) * C + c;
            means[at] = (means[at] as number) + (logits[b * C + c] as number) / ensembleSize;
          }
      }
      yield;
    }
  }
}
