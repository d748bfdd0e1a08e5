import { existsSync, readFileSync } from 'node:fs';
import {
  type Backend,
  createReferenceBackend,
  crossEntropy,
  Linear,
  Lstm,
  Module,
  Parameters,
  Rng,
  Tape,
} from '@unroll/rnn-core';
import { describe, expect, it, vi } from 'vitest';
import { createNativeBackend, type NativeOptions } from '../native.ts';
import { BF16_ISAS, toBfloat16 } from './bfloat16.ts';
import { ALL_CASES } from './cases.ts';
import { describeBackend, expectWithin, rounded } from './describe-backend.ts';
import { Numbers } from './numbers.ts';
import { runCase } from './run-case.ts';

vi.setConfig({ testTimeout: 120_000 }); // where other programs take the processors

const CPU_INFO = '/proc/cpuinfo';
it.runIf(process.arch === 'x64' && existsSync(CPU_INFO))(
  'are there where the processor has AVX512-BF16 or AMX',
  () => {
    const flags = readFileSync(CPU_INFO, 'utf8');
    expect(BF16_ISAS).toEqual([
      ...(/\bavx512_bf16\b/.test(flags) ? ['avx512bf16'] : []),
      ...(/\bamx_bf16\b/.test(flags) ? ['amx'] : []),
    ]);
  },
);

it.skipIf(BF16_ISAS.length > 0)('are refused in one line (needs a processor without AVX512-BF16 and AMX)', () => {
  expect(() => createNativeBackend({ threads: 1, precision: 'bf16' })).toThrow(
    /^native: bf16 products need AVX512-BF16 or AMX instructions, which this processor does not have; use float32$/,
  );
});

const openBf16 = (isa: string, threads: number): Backend => createNativeBackend({ threads, isa });

/** A step rounds its state, or its gradient, by up to 2⁻⁹, and what follows differs likewise. */
const ROUNDED = 0.03;
const SEQUENCES = ['rnn', 'gru', 'lstm', 'slstm'].flatMap((cell) => [`${cell}Forward`, `${cell}Backward`]);

// Products of bfloat16 are exact in float32, so with such inputs only sums are rounded.
const inputs = (values: Float32Array, kernel: string): Float32Array =>
  kernel === 'gemm' || SEQUENCES.includes(kernel) ? toBfloat16(values) : values;
const tolerances = Object.fromEntries(SEQUENCES.map((name) => [name, ROUNDED]));
for (const isa of BF16_ISAS)
  describeBackend(`native, ${isa}`, async (threads) => openBf16(isa, threads), { inputs, tolerances });

describe.each(BF16_ISAS)('products of %s', (isa) => {
  const STEP = { T: 1, B: 37, H: 149, M: 1, N: 1, K: 1, beta: 0, flagA: 0, flagB: 0, withNull: true } as const;

  it.each(ALL_CASES.filter(({ kernel }) => /^(rnn|gru|lstm|slstm)Forward$/.test(kernel)))(
    '$name: one step from a bfloat16 state is as exact as in float32',
    ({ make }) => {
      using backend = closing(openBf16(isa, 1));
      const made = rounded(make(STEP, new Numbers(3)), toBfloat16);
      expectWithin(runCase(backend, made), runCase(createReferenceBackend(), made), 2e-6 * (1 + Math.sqrt(STEP.H)));
    },
  );

  it('round to nearest even, and keep NaN and infinity', () => {
    using backend = closing(openBf16(isa, 1));
    const { heap, kernels } = backend;
    const ties = [1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4028234e38];
    const values = Float32Array.of(...ties, Number.NaN, Infinity, -Infinity, ...new Numbers(1).normal(40));
    const [c, a, one] = [heap.allocate(4 * values.length), heap.allocate(4 * values.length), heap.allocate(4)];
    heap.real(a, values.length).set(values);
    heap.real(one, 1).set([1]);
    kernels.gemm(c, 1, a, 1, one, 1, 0, values.length, 1, 1, 0, 0, 0);
    const products = Float32Array.from(heap.real(c, values.length));
    expect([...products.subarray(0, ties.length)]).toEqual([1, 1 + 2 ** -6, -1, 1 + 2 ** -7, Infinity]);
    expect(products).toEqual(toBfloat16(values));
  });

  it('of a sequence are those of its steps, bit for bit', () => {
    using backend = closing(openBf16(isa, 2));
    const [T, B, I, H] = [6, 21, 5, 77];
    const lstm = new Lstm({ inputSize: I, hiddenSize: H });
    Parameters.create(lstm, backend, Rng.seeded(1));
    using tape = new Tape(backend, { record: false });
    const x = new Numbers(1).normal(T * B * I);
    const whole = lstm.forward(tape.constant(x, [T, B, I])).y.toArray();
    let state = lstm.zeroState(B);
    for (let t = 0; t < T; t++) {
      const step = lstm.forward(tape.constant(x.subarray(t * B * I, (t + 1) * B * I), [1, B, I]), { state });
      expect(step.y.toArray()).toEqual(whole.slice(t * B * H, (t + 1) * B * H));
      state = step.state;
    }
  });
});

describe.runIf(BF16_ISAS.length > 0)('bf16 products (needs a processor with AVX512-BF16 or AMX)', () => {
  it('are only in training, where gradients point where those of float32 do', () => {
    const [float32, bf16, onTwoThreads] = [
      losses({ threads: 1 }),
      losses({ threads: 1, precision: 'bf16' }),
      losses({ threads: 2, precision: 'bf16' }),
    ];
    expect(bf16.evaluated).toBe(float32.evaluated);
    expect(bf16.trained).not.toBe(float32.trained);
    expect(Math.abs(bf16.trained / float32.trained - 1)).toBeLessThan(1e-3);
    const cosine =
      dot(bf16.gradient, float32.gradient) /
      Math.sqrt(dot(bf16.gradient, bf16.gradient) * dot(float32.gradient, float32.gradient));
    expect(cosine).toBeGreaterThan(0.9999);
    expect(cosine).toBeLessThan(1 - 1e-9);
    expect(onTwoThreads).toEqual(bf16);
  });

  it('are refused once the backend is closed', () => {
    const backend = createNativeBackend({ threads: 1, precision: 'bf16' });
    backend.close();
    expect(() => backend.trainingKernels?.fill(0, 0, 0)).toThrow('backend must be open, got one that was closed');
  });
});

class Model extends Module {
  readonly lstm = new Lstm({ inputSize: 40, hiddenSize: 130, numLayers: 2 });
  readonly head = new Linear({ inFeatures: 130, outFeatures: 50 });
}

/** The loss of one batch of a fresh model, evaluated and trained on, and the gradient. */
function losses(options: NativeOptions) {
  const [T, B] = [20, 24];
  using backend = closing(createNativeBackend(options));
  const model = new Model();
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const loss = (tape: Tape) =>
    crossEntropy(
      model.head.forward(model.lstm.forward(tape.constant(new Numbers(1).normal(T * B * 40), [T, B, 40])).y),
      tape.ids(new Numbers(2).integers(T * B, 0, 49), [T * B]),
    );
  using evaluating = new Tape(backend, { record: false });
  const evaluated = loss(evaluating).item();
  using training = new Tape(backend);
  const made = loss(training);
  training.grad(made, parameters);
  return {
    evaluated,
    trained: made.item(),
    gradient: backend.heap.real(parameters.gradients, parameters.size).slice(),
  };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0);

const closing = (backend: Backend): Backend & Disposable =>
  Object.assign(backend, { [Symbol.dispose]: () => backend.close() });
