import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { type Choice, NextCharacter } from './sampler.ts';

const PLAIN: Choice = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 };
const LOGITS = [Math.log(0.1), Math.log(0.6), Math.log(0.3)];

function weighed(choice: Partial<Choice>, logits = LOGITS, recent: number[] = [], never?: number): NextCharacter {
  const next = new NextCharacter(logits.length, { ...PLAIN, ...choice }, never);
  next.weigh(logits, recent);
  return next;
}

/** id → probability, to three digits. */
const odds = (choice: Partial<Choice>, recent?: number[], never?: number) =>
  weighed(choice, LOGITS, recent, never)
    .likeliest(9)
    .map(({ id, probability }) => [id, Number(probability.toFixed(3))]);

test('at temperature 1 the odds are the model’s, likeliest first', () => {
  expect(odds({})).toStrictEqual([
    [1, 0.6],
    [2, 0.3],
    [0, 0.1],
  ]);
  expect(weighed({}).likeliest(1)).toHaveLength(1);
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
  expect(odds({ topP: 0.59 })).toStrictEqual([[1, 1]]);
  expect(odds({ topP: 0.61 })).toStrictEqual([
    [1, 0.667],
    [2, 0.333],
  ]);
  expect(odds({ topK: 2, topP: 0.65 })).toStrictEqual([[1, 1]]); // of what top-k has left
  expect(odds({ topP: 1e-9 })).toStrictEqual([[1, 1]]);
});

test('top-k and top-p keep of many what sorting would', () => {
  const rng = Rng.seeded(7);
  const logits = Array.from({ length: 200 }, (_, k) => (k % 3 === 0 ? 1 : rng.normal())); // many as likely as others
  const all = weighed({}, logits).likeliest(200);
  for (const k of [1, 2, 50, 67, 199]) {
    const ids = weighed({ topK: k }, logits)
      .likeliest(200)
      .map(({ id }) => id);
    expect(ids).toStrictEqual(all.slice(0, k).map(({ id }) => id));
  }
  for (const p of [0.01, 0.3, 0.9, 0.999]) {
    let sum = 0;
    const end = all.findIndex(({ probability }) => (sum += probability) >= p);
    const ids = weighed({ topP: p }, logits)
      .likeliest(200)
      .map(({ id }) => id);
    expect(ids).toStrictEqual(all.slice(0, end + 1).map(({ id }) => id));
  }
});

test('one serves a whole text: nothing of a character is left at the next', () => {
  const next = new NextCharacter(3, { ...PLAIN, topK: 1 }, undefined);
  next.weigh(LOGITS, []);
  next.weigh([5, 0, 0], []);
  expect(next.likeliest(3)).toStrictEqual([{ id: 0, probability: 1 }]);
});

test('the repetition penalty divides a positive logit and multiplies a negative one, once', () => {
  const [high, low] = weighed({ repetitionPenalty: 2 }, [2, -1], [0, 1, 0]).likeliest(2);
  expect(Math.log((high?.probability ?? 0) / (low?.probability ?? 0))).toBeCloseTo(2 / 2 - -1 * 2, 10);
  expect(odds({ repetitionPenalty: 3 }, [1])[0]).toStrictEqual([2, 0.487]);
});

test('an id that must never come does not, however likely', () => {
  expect(odds({}, [], 1)).toStrictEqual([
    [2, 0.75],
    [0, 0.25],
  ]);
});
test('draws as often as is likely', () => {
  const rng = Rng.seeded(5);
  const next = weighed({});
  const counts = [0, 0, 0];
  for (let k = 0; k < 20_000; k++) counts[next.draw(rng)]!++;
  for (const [id, share] of [0.1, 0.6, 0.3].entries()) expect(counts[id]! / 20_000).toBeCloseTo(share, 1.5);
});
