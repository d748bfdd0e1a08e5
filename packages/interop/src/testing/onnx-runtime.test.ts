import { expect, test } from 'vitest';
import { LargestDifference } from './onnx-runtime.ts';

const differenceOf = (logits: readonly number[], other: readonly number[]): number => {
  const difference = new LargestDifference();
  difference.add(logits, other, 2);
  return difference.value;
};

test('logits that differ by a constant are the same log-probabilities', () => {
  expect(differenceOf([1, 2, 3, 3], [2, 3, 0, 0])).toBeCloseTo(0, 12);
});

test('a difference is absolute within ±1, and relative to the second beyond', () => {
  expect(differenceOf([0, 0], [0, 0.02])).toBeCloseTo(0.01, 4);
  expect(differenceOf([0, -20.2], [0, -20])).toBeCloseTo(0.01, 4);
});

test('of NaN is NaN, whatever comes after', () => {
  const difference = new LargestDifference();
  difference.add([Number.NaN, 0], [0, 0], 2);
  difference.add([0, 0], [0, 0], 2);
  expect(difference.value).toBeNaN();
});
