import { createReferenceBackend, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { type SentimentConfig, SentimentModel } from '../model/sentiment-model.ts';
import type { EncodedTokens } from '../tokenizer/encoded-text.ts';
import { tokenBatch } from '../tokenizer/token-batch.ts';
import { cachedNetworkLogits } from './network-logits.ts';
import { ProjectionCache } from './projection-cache.ts';

const TOLERANCE = 1e-5;
const backend = createReferenceBackend();
const rng = Rng.seeded(5);

/** Texts of 1 to 9 tokens from a small vocabulary, with one feature each. */
const texts = Array.from({ length: 40 }, (_, n): EncodedTokens => {
  const T = 1 + ((n * 7) % 9);
  const words = Array.from({ length: T }, () => rng.integer(12));
  return {
    ids: Int32Array.from(words, (word) => (word < 8 ? word : 0)), // the others have character n-grams alone
    words: words.map((word) => `word${word}`),
    features: Float32Array.from({ length: T }, () => rng.integer(3) - 1),
  };
});

/** The mean logits of the networks, without a cache. */
function plainLogits(model: SentimentModel, text: EncodedTokens): number[] {
  using _tape = new Tape(backend, { record: false });
  const logits = model.forward(tokenBatch([text], model.config.charNgramBuckets)).map((logits) => logits.toArray());
  return Array.from({ length: model.config.numClasses }, (_, c) =>
    logits.reduce((sum, one) => sum + (one[c] as number) / logits.length, 0),
  );
}

const create = (more: Partial<SentimentConfig>): SentimentModel =>
  new SentimentModel(
    {
      vocabSize: 8,
      numClasses: 3,
      tokenFeatures: 1,
      charNgramBuckets: 0,
      embeddingSize: 6,
      convChannels: 0,
      cell: 'gru',
      hiddenSize: 5,
      numLayers: 2,
      bidirectional: true,
      pooling: 'max-mean',
      ensembleSize: 2,
      bagFeatures: 1,
      ...more,
    },
    { embeddingDropout: 0.5, dropout: 0.5, freezeVectors: false },
    { bag: { weights: new Float32Array(3), bias: new Float32Array(3) } },
  );

test.each([
  ['lstm', true, 0, 40],
  ['gru', false, 0, 0],
  ['rnn', true, 4, 40],
] as const)(
  'a cached projection gives the same logits: %s, bidirectional %s, convolution %i, character n-grams %i',
  (cell, bidirectional, convChannels, charNgramBuckets) => {
    const model = create({ cell, bidirectional, convChannels, charNgramBuckets });
    const parameters = Parameters.create(model, backend, Rng.seeded(3));
    for (const { head } of model.members)
      head.weight.view().set(Float32Array.from({ length: head.weight.size }, () => rng.normal()));
    const wanted = texts.flatMap((text) => plainLogits(model, text));
    const inUse = backend.heap.bytesInUse;

    {
      using small = new ProjectionCache(model, backend, 4096); // room for the words of a few texts
      using cache = new ProjectionCache(model, backend);
      for (const by of [1, 7, 40]) {
        for (const tested of [cache, small]) {
          const found: number[] = [];
          for (let at = 0; at < texts.length; at += by)
            found.push(...cachedNetworkLogits(model, tested, texts.slice(at, at + by)));
          expect(Math.max(...found.map((logit, k) => Math.abs(logit - (wanted[k] as number))))).toBeLessThan(
            TOLERANCE,
          );
          expect(found).toHaveLength(wanted.length);
        }
      }
      expect(new Set(wanted).size).toBeGreaterThan(60); // they do depend on the text
      expect(backend.heap.bytesInUse).toBeGreaterThan(inUse);
    }
    expect(backend.heap.bytesInUse).toBe(inUse);
    parameters.free();
  },
);

test('networks of two kinds have caches of their own widths', () => {
  const model = create({ ensembleSize: 3, mixedEnsemble: true });
  const parameters = Parameters.create(model, backend, Rng.seeded(3));
  for (const { head } of model.members)
    head.weight.view().set(Float32Array.from({ length: head.weight.size }, () => rng.normal()));
  using cache = new ProjectionCache(model, backend);
  const wanted = texts.flatMap((text) => plainLogits(model, text));
  for (const [k, logit] of cachedNetworkLogits(model, cache, texts).entries())
    expect(logit).toBeCloseTo(wanted[k] as number, 4);
  parameters.free();
});

test('tokens with log odds are not cached, since hardly any two are alike', () => {
  const model = create({ tokenFeatures: 4 });
  const parameters = Parameters.create(model, backend, Rng.seeded(3));
  const inUse = backend.heap.bytesInUse;
  using cache = new ProjectionCache(model, backend);
  const withLogOdds = texts.map((text) => ({
    ...text,
    features: Float32Array.from({ length: 4 * text.ids.length }, () => rng.normal()),
  }));
  expect(cachedNetworkLogits(model, cache, withLogOdds)).toHaveLength(3 * texts.length);
  expect(backend.heap.bytesInUse).toBe(inUse);
  parameters.free();
});
