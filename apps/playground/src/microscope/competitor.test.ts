import { createReferenceBackend, Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { Competitor, drawBatch } from './competitor.ts';

test('the LSTM learns to remember, and is diagnosed', () => {
  using competitor = new Competitor('lstm', 16, createReferenceBackend(), Rng.seeded(1));
  expect(competitor.standing).toMatchObject({ accuracy: 0.25, reach: [], diagnosis: undefined });
  for (let step = 1; step <= 120; step++) competitor.step(step, drawBatch(4, Rng.seeded(step)), 0.02);
  const { accuracy, reach, diagnosis } = competitor.standing;
  expect(accuracy).toBeGreaterThan(0.9);
  expect(reach).toHaveLength(6);
  expect(diagnosis?.text).toMatch(/^Gradients /);
});

test('the answer is the symbol of the first step, and the others are of another kind', () => {
  const { T, x, y } = drawBatch(3, Rng.seeded(1));
  const [B, I] = [y.length, 8];
  expect(T).toBe(4);
  for (let b = 0; b < B; b++) {
    const symbols = Array.from({ length: T }, (_, t) => x.subarray((t * B + b) * I, (t * B + b + 1) * I).indexOf(1));
    expect(symbols[0]).toBe(y[b]);
    expect(Math.min(...symbols.slice(1))).toBeGreaterThan(3);
  }
});
