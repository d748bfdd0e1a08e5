import type { Backend } from '@unroll/rnn-core';
import { describe, expect, it, vi } from 'vitest';
import { createNativeBackend } from '../native.ts';
import { createWasmBackend } from '../wasm/node.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // where other programs take the processors

/** Every 10,007th of all float32: NaN, infinities and subnormals among them. */
const STRIDE = 10_007;
const words = Uint32Array.from({ length: Math.floor(2 ** 32 / STRIDE) }, (_, k) => k * STRIDE);
const INPUTS = Float32Array.from([
  ...new Float32Array(words.buffer),
  0,
  -0,
  Infinity,
  -Infinity,
  Number.NaN,
  88.7228,
  -103.9,
  -87.3,
]);

/** The distance between neighbours of float32 at x. */
function spacing(x: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), -126);
  return 2 ** (exponent - 23);
}

/** e^x comes out of the gradient of cross-entropy: two logits (x, 0), lse 0, the second class wanted. */
function exponentials({ heap, kernels }: Backend, x: Float32Array): Float32Array {
  const [logits, lse, targets, dloss] = [8, 4, 4, 4].map((bytes) => heap.allocate(bytes * x.length)) as [
    number,
    number,
    number,
    number,
  ];
  heap
    .real(logits, 2 * x.length)
    .set(Float32Array.from({ length: 2 * x.length }, (_, k) => (k % 2 ? 0 : (x[k / 2] as number))));
  kernels.fill(lse, 0, x.length);
  heap.int32(targets, x.length).fill(1);
  kernels.fill(dloss, 1, 1);
  kernels.crossEntropyBackward(logits, dloss, 0, logits, lse, targets, 0, x.length, 2, -1, 0, 1, 0);
  return Float32Array.from({ length: x.length }, (_, k) => heap.real(logits, 2 * x.length)[2 * k] as number);
}

function mapped({ heap, kernels }: Backend, name: 'tanhForward' | 'sigmoidForward', x: Float32Array): Float32Array {
  const ptr = heap.allocate(4 * x.length);
  heap.real(ptr, x.length).set(x);
  kernels[name](ptr, ptr, x.length);
  return Float32Array.from(heap.real(ptr, x.length));
}

/** The largest error, in units of the last place; results below `tiny` may also be 0. */
function worstUlp(found: Float32Array, exact: (x: number) => number, tiny = 0): number {
  let worst = 0;
  for (const [k, y] of found.entries()) {
    const want = exact(INPUTS[k] as number);
    const rounded = Math.fround(want);
    if (Object.is(y, rounded) || (Math.abs(want) < tiny && y === 0)) continue;
    const error = Math.abs(y - want) / spacing(want);
    if (!(error <= worst)) worst = error; // NaN where NaN was not due, and the other way round
    if (Number.isNaN(worst)) return worst;
  }
  return worst;
}

describe.each([
  ['native', async () => createNativeBackend({ threads: 1 })],
  ['wasm, exact', () => createWasmBackend({ threads: 1, exact: true })],
] as const)('functions on %s', (_, make) => {
  it('exp is good to 1.1 ulp on every float32', async () => {
    const backend = await make();
    expect(worstUlp(exponentials(backend, INPUTS), Math.exp)).toBeLessThan(1.1);
    backend.close();
  });

  it('tanh is good to 2.5 ulp on every float32', async () => {
    const backend = await make();
    const found = mapped(backend, 'tanhForward', INPUTS);
    expect(worstUlp(found, Math.tanh)).toBeLessThan(2.5);
    expect(Object.is(found[INPUTS.findIndex((x) => Object.is(x, -0))], -0)).toBe(true);
    backend.close();
  });

  it('the logistic function is good to 2.5 ulp on every float32, and 0 where it is below 2^-126', async () => {
    const backend = await make();
    const exact = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    expect(worstUlp(mapped(backend, 'sigmoidForward', INPUTS), exact, 2 ** -126)).toBeLessThan(2.5);
    backend.close();
  });
});
