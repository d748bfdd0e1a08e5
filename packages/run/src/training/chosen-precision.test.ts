import { createReferenceBackend } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { chosenPrecision, trainingSpeedup } from './chosen-precision.ts';

test('tells how much faster products in training are, and leaves no memory behind', () => {
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
  expect(trainingSpeedup(training(0))).toBeGreaterThan(10);
  expect(trainingSpeedup(training(4))).toBeLessThan(0.5);
  expect(backend.heap.bytesInUse).toBe(before);
});

test('a backend that multiplies in float32 alone has no other', async () => {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  expect(await chosenPrecision({ backend: 'wasm', threads: 1 }, say)).toBe('float32');
  expect(await chosenPrecision({ backend: 'reference' }, say)).toBe('float32');
  expect(said).toEqual([]);
});
