import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { type Choice, candidates, draw } from './next-character.ts';

const PLAIN: Choice = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 };
const LOGITS = [Math.log(0.1), Math.log(0.6), Math.log(0.3)];
const NONE = new Set<number>();

/** id → probability, to three digits. */
const odds = (choice: Partial<Choice>, recent: ReadonlySet<number> = NONE, never?: number) =>
  candidates(LOGITS, { ...PLAIN, ...choice }, recent, never).map(({ id, probability }) => [
    id,
    Number(probability.toFixed(3)),
  ]);

test('at temperature 1 the odds are the model’s, likeliest first', () => {
  expect(odds({})).toStrictEqual([
    [1, 0.6],
    [2, 0.3],
    [0, 0.1],
  ]);
});

test('temperature sharpens and flattens; at 0 only the likeliest is left', () => {
  expect(odds({ temperature: 0.5 })).toStrictEqual([
    [1, 0.783],
    [2, 0.196],
    [0, 0.022],
  ]);
  expect(odds({ temperature: 0 })).toStrictEqual([[1, 1]]);
  expect(odds({ temperature: 1e-9 })[0]).toStrictEqual([1, 1]);
});

test('top-k keeps the k likeliest, top-p the fewest that reach p, and what is left sums to one', () => {
  expect(odds({ topK: 2 })).toStrictEqual([
    [1, 0.667],
    [2, 0.333],
  ]);
  expect(odds({ topK: 9 })).toHaveLength(3);
  expect(odds({ topP: 0.6 })).toStrictEqual([[1, 1]]);
  expect(odds({ topP: 0.61 })).toStrictEqual([
    [1, 0.667],
    [2, 0.333],
  ]);
});

test('the repetition penalty divides a positive logit and multiplies a negative one', () => {
  const [high, low] = candidates([2, -1], { ...PLAIN, repetitionPenalty: 2 }, new Set([0, 1]), undefined);
  expect(Math.log((high?.probability ?? 0) / (low?.probability ?? 0))).toBeCloseTo(2 / 2 - -1 * 2, 10);
  expect(odds({ repetitionPenalty: 3 }, new Set([1]))[0]).toStrictEqual([2, 0.487]);
});

test('an id that must never come does not, however likely', () => {
  expect(odds({}, NONE, 1)).toStrictEqual([
    [2, 0.75],
    [0, 0.25],
  ]);
});

test('draws as often as is likely', () => {
  const rng = Rng.seeded(5);
  const from = candidates(LOGITS, PLAIN, NONE, undefined);
  const counts = [0, 0, 0];
  for (let k = 0; k < 20_000; k++) counts[draw(from, rng)]!++;
  for (const [id, share] of [0.1, 0.6, 0.3].entries()) expect(counts[id]! / 20_000).toBeCloseTo(share, 1.5);
});
