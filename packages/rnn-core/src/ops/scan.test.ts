import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose } from '../testing/close.ts';
import { cosines } from '../testing/cosines.ts';
import { checkGradients } from '../testing/gradient-check.ts';
import { chunk, slice } from './concat.ts';
import { add, mul, scale, sigmoid, sub, tanh } from './elementwise.ts';
import { linear } from './linear.ts';
import { gruSequence, lstmSequence } from './recurrent.ts';
import { sum } from './reduce.ts';
import { type ScanStep, scan } from './scan.ts';
import type { SequenceOptions } from './sequence.ts';
import { maskTime } from './time.ts';

const [T, B, H] = [4, 3, 2];
const ways: readonly SequenceOptions[] = [false, true].flatMap((reverse) =>
  [undefined, Int32Array.of(4, 0, 2)].map((lengths) => ({ reverse, lengths })),
);
type Weights = { readonly w: Tensor; readonly b: Tensor };

const lstm =
  ({ w, b }: Weights): ScanStep<{ h: Tensor; c: Tensor }> =>
  (xg, { h, c }) => {
    const [i, f, g, o] = chunk(add(xg, linear(h, w, b)), 4);
    const cNext = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const y = mul(sigmoid(o), tanh(cNext));
    return { y, state: { h: y, c: cNext } };
  };

const gru =
  ({ w, b }: Weights): ScanStep<{ h: Tensor }> =>
  (xg, { h }) => {
    const [xr, xz, xn] = chunk(xg, 3);
    const [ar, az, an] = chunk(linear(h, w, b), 3);
    const z = sigmoid(add(xz, az));
    const n = tanh(add(xn, mul(sigmoid(add(xr, ar)), an)));
    const y = add(mul(sub(1, z), n), mul(z, h));
    return { y, state: { h: y } };
  };

interface Inputs {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly b: Tensor;
  readonly h0: Tensor;
  readonly c0: Tensor;
}

const shapes = (gates: number) => ({
  x: [T, B, gates * H],
  w: [gates * H, H],
  b: [gates * H],
  h0: [B, H],
  c0: [B, H],
});

/** Values and gradients, one after another, in float64. */
function valuesAndGradients(gates: number, forward: (inputs: Inputs) => Tensor[]): number[] {
  using tape = new Tape(createReferenceBackend({ precision: 'float64' }));
  const entries = Object.entries(shapes(gates)).map(
    ([name, shape], k) => [name, tape.constant(cosines(shape, k), shape, { needsGrad: true })] as const,
  );
  const results = forward(Object.fromEntries(entries) as unknown as Inputs);
  const values = results.flatMap((y) => [...y.view()]);
  const terms = results.map((y, k) => sum(mul(y, tape.constant(cosines(y.shape, 3 + k), y.shape))));
  tape.grad(terms.reduce((a, b) => add(a, b)));
  return [...values, ...entries.flatMap(([, x]) => [...(tape.gradient(x)?.view() ?? [])])];
}

const zeroPadding = (y: Tensor, { lengths }: SequenceOptions): Tensor => (lengths ? maskTime(y, lengths) : y);

describe.each(ways)('a scan, reverse: $reverse, lengths: $lengths', (options) => {
  test('of an LSTM made of ops is the fused LSTM, gradients included', () => {
    const scanned = valuesAndGradients(4, ({ x, w, b, h0, c0 }) => {
      const { y, state } = scan(lstm({ w, b }), x, { h: h0, c: c0 }, options);
      return [y, state.h, state.c];
    });
    const fused = valuesAndGradients(4, ({ x, w, b, h0, c0 }) => {
      const { y, last, lastCell } = lstmSequence(scale(x, 1), w, b, h0, c0, options);
      return [zeroPadding(y, options), last, lastCell];
    });
    expect(scanned.length).toBeGreaterThan(100);
    expectClose('scan', scanned, fused, { absolute: 1e-12 });
  });

  test('of a GRU made of ops is the fused GRU, gradients included', () => {
    const scanned = valuesAndGradients(3, ({ x, w, b, h0 }) => {
      const { y, state } = scan(gru({ w, b }), x, { h: h0 }, options);
      return [y, state.h];
    });
    const fused = valuesAndGradients(3, ({ x, w, b, h0 }) => {
      const { y, last } = gruSequence(scale(x, 1), w, b, h0, options);
      return [zeroPadding(y, options), last];
    });
    expectClose('scan', scanned, fused, { absolute: 1e-12 });
  });

  test('of a cell whose state has a shape of its own has the gradients of central differences', () => {
    checkGradients({
      inputs: { x: [T, B, 2, H], m0: [B, 2, 1] },
      forward: ({ x, m0 }) => {
        const step: ScanStep<{ m: Tensor }> = (xt, { m }) => {
          const y = tanh(add(mul(xt, m), xt));
          return { y, state: { m: add(scale(m, 0.5), slice(y, 0, 1)) } };
        };
        const { y, state } = scan(step, x, { m: m0 }, options);
        return [y, state.m];
      },
    });
  });
});

test('NaN in the padding of a scan reaches no output, no state and no gradient', () => {
  using tape = new Tape(createReferenceBackend());
  const x = tape.constant([1, 2, Number.NaN, 4], [2, 2, 1], { needsGrad: true });
  const step: ScanStep<{ h: Tensor }> = (xt, { h }) => ({ y: mul(xt, h), state: { h: add(h, xt) } });
  const { y, state } = scan(step, x, { h: tape.zeros([2, 1]) }, { lengths: Int32Array.of(1, 2) });
  expect([...y.view()]).toEqual([0, 0, 0, 8]);
  expect([...state.h.view()]).toEqual([1, 6]);
  tape.grad(sum(add(state.h, slice(y.rows(1, 2).reshape(2, 1), 0, 1))));
  expect([...(tape.gradient(x)?.view() ?? [])]).toEqual([1, 5, 0, 3]);
});

test.each<[string, (x: Tensor, h: Tensor) => unknown]>([
  [
    'scan: x must be [T, B, …] with at least one step, got [3]',
    (x, h) => scan((y) => ({ y, state: { h } }), x.reshape(3), { h }),
  ],
  ['scan: the next state must have h: [1, 1], got [1, 3]', (x, h) => scan((y) => ({ y, state: { h: y } }), x, { h })],
  [
    'scan: the next state must have c: nothing, got [1, 1]',
    (x, h) => scan<Record<string, Tensor>>((y) => ({ y, state: { h, c: h } }), x, { h }),
  ],
])('%s', (message, run) => {
  using tape = new Tape(createReferenceBackend());
  expect(() => run(tape.zeros([1, 1, 3]), tape.zeros([1, 1]))).toThrow(message);
});
