import { createReferenceBackend } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { chosenPrecision, multipliesFasterInTraining } from './chosen-precision.ts';

test('products of less precision are chosen where they are clearly faster, and leave no memory behind', () => {
  const backend = createReferenceBackend();
  const { kernels } = backend;
  const training = (products: number): typeof backend => ({
    ...backend,
    trainingKernels: {
      ...kernels,
      gemm: (...values) => {
        for (let k = 0; k < products; k++) kernels.gemm(...values);
      },
    },
  });
  const before = backend.heap.bytesInUse;
  expect(multipliesFasterInTraining(backend)).toBe(false);
  expect(multipliesFasterInTraining(training(0))).toBe(true);
  expect(multipliesFasterInTraining(training(1))).toBe(false);
  expect(multipliesFasterInTraining(training(2))).toBe(false);
  expect(backend.heap.bytesInUse).toBe(before);
});

test('a backend that multiplies in float32 alone has no other', async () => {
  expect(await chosenPrecision({ backend: 'wasm', threads: 1 })).toBe('float32');
  expect(await chosenPrecision({ backend: 'reference' })).toBe('float32');
});
