import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { meanAndSd } from '../mean-and-sd.ts';
import { expectedCalibrationError } from './calibration.ts';
import { type ClassificationScore, classification } from './classification.ts';
import { ConfusionMatrix } from './confusion-matrix.ts';
import { type McNemar, mcnemar } from './mcnemar.ts';
import { rocAuc } from './roc-auc.ts';

interface Golden {
  examples: {
    name: string;
    C: number;
    actual: number[];
    probabilities: number[];
    rival: number[];
    score: ClassificationScore;
    mcnemar: McNemar;
  }[];
}

const golden: Golden = JSON.parse(readFileSync(new URL('../../golden/classification.json', import.meta.url), 'utf8'));

const digits = (value: number) => expect.closeTo(value, 12);

/** The same value with every number in it to twelve digits. */
function near(value: unknown): unknown {
  if (typeof value === 'number') return digits(value);
  if (Array.isArray(value)) return value.map(near);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, near(inner)]));
}

describe.each(golden.examples)(
  'scikit-learn on $name',
  ({ C, actual, probabilities, rival, score, mcnemar: test2 }) => {
    test('classification', () => {
      expect(classification(actual, probabilities, C)).toStrictEqual(near(score));
    });

    test('mcnemar', () => {
      const predicted = actual.map((_, n) => {
        const row = probabilities.slice(n * C, (n + 1) * C);
        return row.indexOf(Math.max(...row));
      });
      expect(mcnemar(actual, predicted, rival)).toStrictEqual(near(test2));
    });
  },
);

test('macro F1 is of the classes that occur, as actual or as predicted', () => {
  expect(ConfusionMatrix.from(3, [0, 1], [0, 1]).macroF1).toBe(1);
  expect(ConfusionMatrix.from(3, [0, 1], [0, 2]).macroF1).toBeCloseTo(1 / 3, 12);
});

test('rocAuc of nothing to compare is undefined, of ties a half', () => {
  expect(rocAuc([true, true], [1, 2])).toBeUndefined();
  expect(rocAuc([], [])).toBeUndefined();
  expect(rocAuc([true, false], [1, 1])).toBe(0.5);
});

test('calibration counts full certainty in the last bin and none in the first', () => {
  expect(expectedCalibrationError([0, 1], [1, 0, 1, 0], 2)).toBe(0.5);
  expect(expectedCalibrationError([0], [0, 0], 2)).toBe(1);
});

test('mcnemar of equal predictions has p 1, and of a thousand differences all one way none', () => {
  expect(mcnemar([0, 1], [0, 0], [0, 0])).toStrictEqual({ onlyFirst: 0, onlySecond: 0, p: 1 });
  const ones = Array.from({ length: 1000 }, () => 1);
  expect(mcnemar(ones, ones, new Int32Array(1000)).p).toBeCloseTo(2 ** -999, 300);
});

test('meanAndSd is over n − 1', () => {
  expect(meanAndSd([1, 2, 3, 4])).toStrictEqual({ mean: 2.5, sd: Math.sqrt(5 / 3), n: 4 });
  expect(meanAndSd([7])).toStrictEqual({ mean: 7, sd: 0, n: 1 });
});

test('what is not [N, C], or no class, is named', () => {
  expect(() => classification([], [], 2)).toThrow('got 0 for 0 examples');
  expect(() => classification([0, 1], [0.5, 0.5], 2)).toThrow('must be [N, C=2]');
  expect(() => ConfusionMatrix.from(2, [0, 2], [0, 0])).toThrow('in [0, 2), got 2');
  expect(() => ConfusionMatrix.from(2, [0], [])).toThrow('got 1 and 0');
});
