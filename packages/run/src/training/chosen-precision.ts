import type { Precision } from '@unroll/kernels';
import { type Backend, BackendError, type Kernels } from '@unroll/rnn-core';
import { type BackendChoice, openBackend } from '../backend.ts';

/**
 * The precision of the matrix products of a training: bf16 where this machine has it and multiplies faster with it.
 *
 * @param say prints a line for a person
 */
export async function chosenPrecision(
  { backend, threads }: BackendChoice,
  say: (line: string) => void,
): Promise<Precision> {
  if (backend !== 'auto' && backend !== 'native') return 'float32';
  try {
    using opened = await openBackend({ backend: 'native', threads, precision: 'bf16' });
    const speedup = trainingSpeedup(opened.backend);
    if (speedup < FASTER) return 'float32';
    say(`--minutes chooses --precision bf16: this machine multiplies ${speedup.toFixed(1)} times as fast with it`);
    return 'bf16';
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return 'float32';
  }
}

const [M, N, K] = [64, 512, 256]; // a part of a step of a recurrent layer of 256 units
const ROUNDS = 9; // the best of which counts, since a machine has other things to do
const FASTER = 1.2; // less is not worth the digits

/** How many times as fast as in float32 a product in training is, where that has less precision. */
export function trainingSpeedup({ heap, kernels, trainingKernels = kernels }: Backend): number {
  const [a, b, c] = [M * K, N * K, M * N].map((size) => heap.allocate(size * heap.realBytes)) as [
    number,
    number,
    number,
  ];
  kernels.fill(a, 1, M * K);
  kernels.fill(b, 1, N * K);
  const secondsOf = (products: Kernels): number => {
    const start = performance.now();
    products.gemm(c, N, a, K, b, K, 0, M, N, K, 0, 1, 0);
    return performance.now() - start;
  };
  const rounds = Array.from({ length: ROUNDS }, () => [secondsOf(kernels), secondsOf(trainingKernels)] as const);
  const best = (which: 0 | 1): number => Math.min(...rounds.map((seconds) => seconds[which]));
  for (const ptr of [a, b, c]) heap.free(ptr);
  return best(0) / best(1);
}
