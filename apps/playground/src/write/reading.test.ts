import { CharLmModel, type LanguageModel } from '@unroll/char-lm';
import { createReferenceBackend, Parameters, Rng } from '@unroll/rnn-core';
import { vocabularyFromText } from '@unroll/text';
import { expect, test } from 'vitest';
import { similarMoments } from './moments.ts';
import { connectivity, readText } from './reading.ts';

const TEXT = 'abcabbcacb';
const vocabulary = vocabularyFromText(TEXT, 'codepoint');
const backend = createReferenceBackend({ precision: 'float64' });
const CONFIG = {
  vocabSize: vocabulary.size,
  cell: 'lstm',
  hiddenSize: 5,
  numLayers: 2,
  embeddingSize: 5,
  tieWeights: true,
  layerNorm: false,
  block: true,
} as const;

/** A model of one network, and an ensemble of that network twice. */
function models(): { one: LanguageModel; twice: LanguageModel } {
  const rng = Rng.seeded(3);
  const model = new CharLmModel(CONFIG);
  for (const [, param] of Parameters.create(model, backend, rng))
    param.view().set(Float64Array.from({ length: param.size }, () => 0.5 * rng.normal()));
  const ensemble = new CharLmModel({ ...CONFIG, ensembleSize: 2 });
  const saved = new Map([...model.namedParameters()].map(([name, param]) => [name, param.view()]));
  for (const [name, param] of Parameters.create(ensemble, backend, rng))
    param.view().set(saved.get(name.replace(/^members\.\d+\./, '')) ?? []);
  return { one: { model, vocabulary, backend }, twice: { model: ensemble, vocabulary, backend } };
}

test('a text is read with the mean of the networks and the hidden states of the first', () => {
  const { one, twice } = models();
  const [wanted, reading] = [readText(one, TEXT), readText(twice, TEXT)];
  for (const key of ['nats', 'hidden', 'logProbabilities'] as const)
    for (const [k, x] of reading[key].entries()) expect(x, key).toBeCloseTo(wanted[key][k]!, 6);
  expect([reading.units, reading.hiddenSize]).toEqual([10, 5]);
});

test('connectivity is the norm over the embeddings of all networks', () => {
  const { one, twice } = models();
  const [wanted, found] = [connectivity(one, TEXT, 6), connectivity(twice, TEXT, 6)];
  expect(Math.max(...wanted)).toBeGreaterThan(0.001);
  // Each network has half of the gradient.
  for (const [k, x] of found.entries()) expect(x).toBeCloseTo(wanted[k]! / Math.SQRT2, 6);
});

test('similar moments are found by the states of the first network', () => {
  const { one, twice } = models();
  const state = Float32Array.of(0.5, -0.4, 0.3, -0.2, 0.1);
  const moments = similarMoments(twice, TEXT.repeat(20), state);
  expect(moments.length).toBeGreaterThan(0);
  expect(moments).toEqual(similarMoments(one, TEXT.repeat(20), state));
});
