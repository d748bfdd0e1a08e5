import { createReferenceBackend, Parameters, Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { surprises } from '../evaluation.ts';
import { CharLm } from '../model.ts';
import { steppedNats } from './weight-format.ts';

test('reading token by token finds the loss that reading at once does', async () => {
  const backend = createReferenceBackend({ precision: 'float64' });
  const shape = {
    vocabSize: 9,
    cell: 'gru',
    hidden: 6,
    layers: 2,
    embedding: 4,
    tied: false,
    layerNorm: true,
  } as const;
  const model = new CharLm(shape);
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const rng = Rng.seeded(2); // the output layer begins at zero
  for (const [, param] of parameters) param.view().forEach((x, k, all) => (all[k] = x + 0.3 * rng.normal()));
  const text = Int32Array.from({ length: 50 }, () => rng.integer(9));
  const nats = await surprises(model, backend, text, { context: Int32Array.of(4) });
  const sum = nats.reduce((sum, x) => sum + x, 0);
  expect(steppedNats(model, backend, 4, text, 'float32')).toBeCloseTo(sum, 10);
  expect(Math.abs(steppedNats(model, backend, 4, text, 'int8') / sum - 1)).toBeLessThan(0.01);
});
