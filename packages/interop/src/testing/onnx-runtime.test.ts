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

test('log-probabilities are close within 1e-4 and 1e-5 of their value', () => {
  expect(agreementOf([0, 0], [0, 1.9e-4]).isClose).toBe(true);
  expect(agreementOf([0, 0], [0, 2.3e-4]).isClose).toBe(false);
  expect(agreementOf([0, -30], [0, -30.00039]).isClose).toBe(true);
  expect(agreementOf([0, -30], [0, -30.00041]).isClose).toBe(false);
});

test('NaN is not close, whatever comes after', () => {
  const agreement = agreementOf([Number.NaN, 0], [0, 0]);
  agreement.add([0, 0], [0, 0], 2);
  expect(agreement).toMatchObject({ probability: Number.NaN, isClose: false });
});
