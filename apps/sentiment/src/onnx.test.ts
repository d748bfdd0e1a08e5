import { ONNX_CELLS } from '@unroll/interop/onnx';
import { array, EvaluatedOnnx } from '@unroll/interop/testing';
import { createReferenceBackend, Parameters, Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { LabelSet } from './data/label-set.ts';
import { POOLINGS } from './model/pooling.ts';
import { SentimentModel } from './model/sentiment-model.ts';
import { exportOnnx, onnxInputs } from './onnx.ts';
import { networkLogits } from './prediction/network-logits.ts';
import { ensembleProbabilities } from './prediction/probabilities.ts';
import type { EncodedText } from './tokenizer/encoded-text.ts';

const backend = createReferenceBackend();
const FILES = { 'config.json': Buffer.from('{}'), 'tokenizer.json': Buffer.from('{}') };

const SIZES = {
  vocabSize: 9,
  numClasses: 3,
  tokenFeatures: 2,
  charNgramBuckets: 7,
  embeddingSize: 4,
  convChannels: 0,
  cell: 'gru',
  hiddenSize: 3,
  numLayers: 1,
  bidirectional: true,
  ensembleSize: 2,
  bagFeatures: 1,
} as const;

const CASES = [
  ...POOLINGS.map((pooling, k) => ({ pooling, cell: ONNX_CELLS[k] ?? 'gru' })),
  { pooling: 'last', bidirectional: false, numLayers: 2 },
  { pooling: 'max', convChannels: 4, cell: 'lstm' },
  { pooling: 'max-mean', tokenFeatures: 4, ensembleSize: 3, mixedEnsemble: true },
  { pooling: 'last', tokenFeatures: 3, mixedEnsemble: true },
  { pooling: 'mean', tokenFeatures: 0, charNgramBuckets: 0, ensembleSize: 1 },
] as const;

for (const given of CASES)
  test(`the exported predictor gives the probabilities of the model: ${JSON.stringify(given)}`, async () => {
    const config = {
      ...SIZES,
      ...given,
    };
    const model = new SentimentModel(config, { embeddingDropout: 0, dropout: 0, freezeVectors: true });
    const rng = Rng.seeded(4);
    for (const [, param] of Parameters.create(model, backend, rng))
      param.view().set(Float32Array.from({ length: param.size }, () => rng.uniform() - 0.5));
    model.ensembleWeights = { bag: 0.7, network: 1.3 };
    const texts = [3, 1, 5].map((T, n): EncodedText => {
      const ids = Int32Array.from({ length: T }, (_, t) => (n + 2 * t) % 9);
      return {
        ids,
        words: Array.from(ids, (id) => `word${id}`),
        features: Float32Array.from({ length: T * config.tokenFeatures }, () => rng.normal()),
        bagLogits: Float32Array.of(0.5, -0.5, n),
      };
    });

    const expected = ensembleProbabilities(model.ensembleWeights, texts, await networkLogits(model, backend, texts));
    const files = exportOnnx({ model, labels: new LabelSet(['bad', 'so so', 'good']) }, FILES);
    const feeds = Object.entries(onnxInputs(model, texts)).map(([name, { dims, data }]) => [name, array(dims, data)]);
    const onnx = new EvaluatedOnnx(files['model.onnx'] as Uint8Array);
    const { probabilities } = onnx.run(Object.fromEntries(feeds));
    for (const [k, p] of expected.flatMap((row) => [...row]).entries())
      expect(probabilities?.data[k], `probability ${k}`).toBeCloseTo(p, 5);
    expect(onnx.model.docString).toContain('the classes bad, so so, good');
  });
