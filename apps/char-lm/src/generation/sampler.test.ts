import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { Sampler, type SamplerOptions } from './sampler.ts';

const PLAIN: SamplerOptions = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 };
const LOGITS = [Math.log(0.1), Math.log(0.6), Math.log(0.3)];

function sampler(
  options: Partial<SamplerOptions>,
  logits = LOGITS,
  recent: number[] = [],
  excluded?: number,
): Sampler {
  const one = new Sampler(logits.length, { ...PLAIN, ...options }, excluded);
  one.weigh(logits, recent);
  return one;
}

/** id → probability, to three digits. */
const probabilities = (options: Partial<SamplerOptions>, recent?: number[], excluded?: number) =>
  sampler(options, LOGITS, recent, excluded)
    .candidates(9)
    .map(({ id, probability }) => [id, Number(probability.toFixed(3))]);

test('at temperature 1 the probabilities are the softmax of the logits, in descending order', () => {
  expect(probabilities({})).toStrictEqual([
    [1, 0.6],
    [2, 0.3],
    [0, 0.1],
  ]);
  expect(sampler({}).candidates(1)).toHaveLength(1);
});

test('temperature sharpens and flattens; at 0 only the most probable remains', () => {
  expect(probabilities({ temperature: 0.5 })).toStrictEqual([
    [1, 0.783],
    [2, 0.196],
    [0, 0.022],
  ]);
  expect(probabilities({ temperature: 0 })).toStrictEqual([[1, 1]]);
  expect(probabilities({ temperature: 1e-9 })[0]).toStrictEqual([1, 1]);
});

test('top-k keeps the k most probable, top-p the fewest that reach p, and the rest sums to one', () => {
  expect(probabilities({ topK: 2 })).toStrictEqual([
    [1, 0.667],
    [2, 0.333],
  ]);
  expect(probabilities({ topK: 9 })).toHaveLength(3);
  expect(probabilities({ topP: 0.59 })).toStrictEqual([[1, 1]]);
  expect(probabilities({ topP: 0.61 })).toStrictEqual([
    [1, 0.667],
    [2, 0.333],
  ]);
  expect(probabilities({ topK: 2, topP: 0.65 })).toStrictEqual([[1, 1]]); // of what top-k has left
  expect(probabilities({ topP: 1e-9 })).toStrictEqual([[1, 1]]);
});

test('top-k and top-p agree with sorting a large vocabulary', () => {
  const rng = Rng.seeded(7);
  const logits = Array.from({ length: 200 }, (_, k) => (k % 3 === 0 ? 1 : rng.normal())); // many ties
  const all = sampler({}, logits).candidates(200);
  for (const k of [1, 2, 50, 67, 199]) {
    const ids = sampler({ topK: k }, logits)
      .candidates(200)
      .map(({ id }) => id);
    expect(ids).toStrictEqual(all.slice(0, k).map(({ id }) => id));
  }
  for (const p of [0.01, 0.3, 0.9, 0.999]) {
    let sum = 0;
    const end = all.findIndex(({ probability }) => (sum += probability) >= p);
    const ids = sampler({ topP: p }, logits)
      .candidates(200)
      .map(({ id }) => id);
    expect(ids).toStrictEqual(all.slice(0, end + 1).map(({ id }) => id));
  }
});

test('one sampler serves a whole text: it keeps no state from character to character', () => {
  const one = new Sampler(3, { ...PLAIN, topK: 1 }, undefined);
  one.weigh(LOGITS, []);
  one.weigh([5, 0, 0], []);
  expect(one.candidates(3)).toStrictEqual([{ id: 0, probability: 1 }]);
});

test('the repetition penalty divides a positive logit and multiplies a negative one, once', () => {
  const [high, low] = sampler({ repetitionPenalty: 2 }, [2, -1], [0, 1, 0]).candidates(2);
  expect(Math.log((high?.probability ?? 0) / (low?.probability ?? 0))).toBeCloseTo(2 / 2 - -1 * 2, 10);
  expect(probabilities({ repetitionPenalty: 3 }, [1])[0]).toStrictEqual([2, 0.487]);
});

test('an excluded id is never drawn, however probable', () => {
  expect(probabilities({}, [], 1)).toStrictEqual([
    [2, 0.75],
    [0, 0.25],
  ]);
});
test('draws each id with its probability', () => {
  const rng = Rng.seeded(5);
  const one = sampler({});
  const counts = [0, 0, 0];
  for (let k = 0; k < 20_000; k++) counts[one.draw(rng)]!++;
  for (const [id, probability] of [0.1, 0.6, 0.3].entries())
    expect(counts[id]! / 20_000).toBeCloseTo(probability, 1.5);
});
