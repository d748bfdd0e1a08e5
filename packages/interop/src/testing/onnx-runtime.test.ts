import { expect, test } from 'vitest';
import { Agreement } from './onnx-runtime.ts';

const agreementOf = (logits: readonly number[], other: readonly number[]): Agreement => {
  const agreement = new Agreement();
  agreement.add(logits, other, 2);
  return agreement;
};

test('logits that differ by a constant are the same predictions', () => {
  const { probability, logProbability, isClose } = agreementOf([1, 2, 3, 3], [2, 3, 0, 0]);
  expect(probability).toBeCloseTo(0, 12);
  expect(logProbability).toBeCloseTo(0, 12);
  expect(isClose).toBe(true);
});

test('differences are absolute', () => {
  expect(agreementOf([0, 0], [0, 0.02])).toMatchObject({
    probability: expect.closeTo(0.005, 4) as number,
    logProbability: expect.closeTo(0.01, 4) as number,
    isClose: false,
  });
});

test('predictions are close when their probabilities are within 1e-4', () => {
  expect(agreementOf([0, 0], [0, 3.9e-4]).isClose).toBe(true);
  expect(agreementOf([0, 0], [0, 4.1e-4]).isClose).toBe(false);
});

test('NaN is not close, whatever comes after', () => {
  const agreement = agreementOf([Number.NaN, 0], [0, 0]);
  agreement.add([0, 0], [0, 0], 2);
  expect(agreement).toMatchObject({ probability: Number.NaN, isClose: false });
});
