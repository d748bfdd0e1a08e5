import { classification } from '@unroll/metrics';
import { expect, test } from 'vitest';
import { LabelSet } from '../data/label-set.ts';
import { classTable } from './score-tables.ts';

/** The score of texts of classes 0, 1, … with what was predicted for each. */
function scored(C: number, actual: number[], predicted: number[]) {
  const probabilities = new Float64Array(actual.length * C);
  for (const [n, c] of predicted.entries()) probabilities[n * C + c] = 1;
  return { score: classification(actual, probabilities, C), labels: new LabelSet(namesOf(C)) };
}
const namesOf = (C: number): string[] => Array.from({ length: C }, (_, c) => `class${c}`);

test('a few classes have their whole confusion matrix', () => {
  const { score, labels } = scored(2, [0, 0, 1], [0, 1, 1]);
  expect(classTable(score, labels).split('\n').at(-2)).toMatch(/class0 +2 +100\.00 +50\.00 +66\.67 +1 +1$/);
});

test('of a thousand classes the largest are shown, with what they are confused with, at once', () => {
  const actual = Array.from({ length: 3000 }, (_, n) => (n < 1000 ? n : 7));
  const { score, labels } = scored(
    1000,
    actual,
    actual.map((c, n) => (c === 7 && n % 2 === 0 ? 9 : c)),
  );
  const start = performance.now();
  const lines = classTable(score, labels).split('\n');
  expect(performance.now() - start).toBeLessThan(5000); // ten minutes for the whole matrix
  expect(lines[2]).toMatch(/^class7 +2001 .* class9 1000$/);
  expect(lines).toHaveLength(23);
  expect(lines.at(-1)).toBe('… and 980 classes with fewer texts; --json has them all');
});
