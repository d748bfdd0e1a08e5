import { describe, expect, test } from 'vitest';
import { DataError } from '../data-error.ts';
import { bleu } from './bleu.ts';
import { pairedBootstrap, pairedRandomization } from './significance.ts';
import { corpusScore } from './translation-metric.ts';

test.each<[string[], (string | undefined)[][], string]>([
  [['a', 'b'], [['a']], 'the same number of segments, at least one, got 2 and 1'],
  [
    ['a', 'b'],
    [
      ['a', 'b'],
      ['a', 'b', 'c'],
    ],
    'got 2 and 3',
  ],
  [[], [[]], 'got 0 and 0'],
  [['a'], [], 'got 1 and no references'],
  [['a', 'b'], [['a', undefined]], 'segment 2 must have a reference, got none'],
])('corpusScore(%j, %j) is refused', (hypotheses, references, message) => {
  expect(() => corpusScore(bleu(), hypotheses, references)).toThrow(DataError);
  expect(() => corpusScore(bleu(), hypotheses, references)).toThrow(`BLEU: `);
  expect(() => corpusScore(bleu(), hypotheses, references)).toThrow(message);
});

const few = { samples: 300, trials: 300 };

describe.each([pairedBootstrap, pairedRandomization])('%o', (paired) => {
  const references = [Array.from({ length: 30 }, (_, k) => `a b c d e ${k}`)];
  const baseline = references[0]!.map((reference, k) => (k % 3 === 0 ? 'a b x d e' : reference));

  test('finds no difference between a system and itself', () => {
    expect(paired(bleu(), { baseline, system: baseline, references }, few).p).toBe(1);
  });

  test('finds a large difference, and gives the same for the same seed only', () => {
    const system = references[0]!;
    const systems = { baseline, system, references };
    expect(paired(bleu(), systems, few).p).toBeLessThan(0.02);
    const close = { baseline, system: system.map((text, k) => (k % 4 === 0 ? 'a b c d x' : text)), references };
    const [first, again, ...others] = [1, 1, 2, 3, 4, 5].map((seed) => paired(bleu(), close, { seed, ...few }));
    expect(again).toStrictEqual(first);
    expect(new Set(others.map(({ p }) => p)).size).toBeGreaterThan(1);
  });

  test('wants two translations of every segment', () => {
    expect(() => paired(bleu(), { baseline, system: baseline.slice(1), references })).toThrow('got 29 and 30');
  });
});

test('randomisation does not take one changed segment of many for a difference', () => {
  const references = [Array.from({ length: 30 }, (_, k) => `a b c d e ${k}`)];
  const system = references[0]!.with(4, 'a b');
  expect(pairedRandomization(bleu(), { baseline: references[0]!, system, references }, few).p).toBe(1);
});
