import { createReferenceBackend, Parameters, Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { negativeLogLikelihoods } from '../evaluation/likelihood.ts';
import { CharLmModel } from '../model/char-lm-model.ts';
import { steppedNegativeLogLikelihood } from './stepped-likelihood.ts';

test.each([
  { cell: 'gru', embeddingSize: 4, layerNorm: true, block: false, length: 50 },
  // Longer than what is read at once, so that the inputs of the convolutions are carried.
  { cell: 'mingru', embeddingSize: 6, layerNorm: false, block: true, length: 1100 },
] as const)(
  'reading one id after another gives the loss of reading all at once: %o',
  async ({ length, ...config }) => {
    const backend = createReferenceBackend({ precision: 'float64' });
    const model = new CharLmModel({
      vocabSize: 9,
      hiddenSize: 6,
      numLayers: 2,
      tieWeights: false,
      ...config,
    });
    const parameters = Parameters.create(model, backend, Rng.seeded(1));
    const rng = Rng.seeded(2); // the output layer begins at zero
    for (const [, param] of parameters) param.view().forEach((x, k, all) => (all[k] = x + 0.3 * rng.normal()));
    const text = Int32Array.from({ length }, () => rng.integer(9));
    const nats = await negativeLogLikelihoods(model, backend, text, { context: Int32Array.of(4) });
    const sum = nats.reduce((sum, x) => sum + x, 0);
    expect(steppedNegativeLogLikelihood(model, backend, 4, text, 'float32')).toBeCloseTo(sum, 10);
    expect(Math.abs(steppedNegativeLogLikelihood(model, backend, 4, text, 'int8') / sum - 1)).toBeLessThan(0.01);
  },
);
