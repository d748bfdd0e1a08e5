import { type Backend, Tape, type Tensor, yieldToEventLoop } from '@unroll/rnn-core';
import { lengthBuckets, pad } from '@unroll/text';
import type { RecurrentClassifier } from '../model/recurrent-classifier.ts';
import type { SentimentModel } from '../model/sentiment-model.ts';
import type { EncodedTokens } from '../tokenizer/encoded-text.ts';
import { tokenBatch } from '../tokenizer/token-batch.ts';
import { ProjectionCache } from './projection-cache.ts';

const MAX_TEXTS = 256; // that fill the cache together
const MAX_TOKENS = 16_384; // of those, with padding
const MAX_CACHEABLE_FEATURES = 1; // of a token, its valence in the lexicon; log odds depend on its neighbours, so hardly any two tokens have the same
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
  const { numClasses: C, ensembleSize, tokenFeatures } = model.config;
  const isCacheable = tokenFeatures <= MAX_CACHEABLE_FEATURES;
  const groups = lengthBuckets(
    texts.map(({ ids }) => ids.length),
    { batchSize: MAX_TEXTS, maxTokens: MAX_TOKENS },
  );
  for (const group of groups) {
    const inGroup = Array.from(group, (k) => texts[k] as EncodedTokens);
    const rows = isCacheable ? cache.rowsOf(inGroup) : undefined;
    for (let from = 0; from < group.length; from += BATCH_SIZE) {
      const to = Math.min(from + BATCH_SIZE, group.length);
      const forward = rows
        ? cachedForward(model, cache, rows.slice(from, to))
        : plainForward(model, inGroup.slice(from, to));
      for (const k of model.members.keys()) {
        using _ = new Tape(cache.backend, { record: false });
        const logits = forward(k).view();
        for (let b = 0; b < to - from; b++)
          for (let c = 0; c < C; c++) {
            const at = (group[from + b] as number) * C + c;
            means[at] = (means[at] as number) + (logits[b * C + c] as number) / ensembleSize;
          }
      }
      yield;
    }
  }
}

/** The forward pass of each network over texts, given the rows of their tokens in the cache. */
function cachedForward(
  { members }: SentimentModel,
  cache: ProjectionCache,
  rows: readonly Int32Array[],
): (member: number) => Tensor {
  const { T, B, ids, lengths } = pad(rows);
  return (k) => {
    const member = members[k] as RecurrentClassifier;
    return member.forwardCached(cache.projections(k), Tape.current.ids(ids, [T, B]), lengths);
  };
}

/** The forward pass of each network over texts, without a cache. */
function plainForward(model: SentimentModel, texts: readonly EncodedTokens[]): (member: number) => Tensor {
  const batch = tokenBatch(texts, model.config.charNgramBuckets);
  return (k) => model.forwardMember(k, batch);
}
