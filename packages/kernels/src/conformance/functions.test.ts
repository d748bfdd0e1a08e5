import { type Backend, UNARY } from '@unroll/rnn-core';
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

function mapped({ heap, kernels }: Backend, name: keyof typeof UNARY, x: Float32Array): Float32Array {
  const ptr = heap.allocate(4 * x.length);
  heap.real(ptr, x.length).set(x);
  kernels.unaryForward(ptr, ptr, UNARY[name], x.length);
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
    expect(worstUlp(mapped(backend, 'exp', INPUTS), Math.exp)).toBeLessThan(1.1);
    backend.close();
  });

  it('log is good to 1.1 ulp on every float32', async () => {
    const backend = await make();
    expect(worstUlp(mapped(backend, 'log', INPUTS), Math.log)).toBeLessThan(1.1);
    backend.close();
  });

  it('softplus is good to 2.5 ulp on every float32', async () => {
    const backend = await make();
    const exact = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    expect(worstUlp(mapped(backend, 'softplus', INPUTS), exact)).toBeLessThan(2.5);
    backend.close();
  });

  it('tanh is good to 2.5 ulp on every float32', async () => {
    const backend = await make();
    const found = mapped(backend, 'tanh', INPUTS);
    expect(worstUlp(found, Math.tanh)).toBeLessThan(2.5);
    expect(Object.is(found[INPUTS.findIndex((x) => Object.is(x, -0))], -0)).toBe(true);
    backend.close();
  });

  it('the logistic function is good to 2.5 ulp on every float32, and 0 where it is below 2^-126', async () => {
    const backend = await make();
    const exact = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
    expect(worstUlp(mapped(backend, 'sigmoid', INPUTS), exact, 2 ** -126)).toBeLessThan(2.5);
    backend.close();
  });
});
