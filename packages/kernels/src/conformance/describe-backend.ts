import { type Backend, createReferenceBackend, type Kernels } from '@unroll/rnn-core';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case, Dims, MakeCase } from './case.ts';
import { ALL_CASES } from './cases.ts';
import { Numbers } from './numbers.ts';
import { firstDifference, type Outcome, runCase } from './run-case.ts';

export interface ConformanceOptions {
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly (keyof Kernels)[] }[];
  /** Rounds what a kernel is given on both backends; by default nothing. */
  readonly inputs?: (values: Float32Array, kernel: keyof Kernels) => Float32Array;
  /** The tolerance of kernels that round what they compute, such as the states of a sequence; by default nothing more. */
  readonly tolerances?: Partial<Record<keyof Kernels, number>>;
}

type Make = (threads: number) => Promise<Backend>;

const size = (max: number) =>
  fc.oneof(
    fc.constantFrom(1, 2, 3, 7, 8, 13, 16, 17).map((n) => Math.min(n, max)),
    fc.integer({ min: 1, max }),
  );
const bit = fc.constantFrom<0 | 1>(0, 1);

const ANY_DIMS: fc.Arbitrary<Dims> = fc.record({
  T: size(7),
  B: size(20),
  H: size(40),
  M: size(50),
  N: size(70),
  K: size(60),
  beta: bit,
  flagA: bit,
  flagB: bit,
  withNull: fc.boolean(),
});

/** More than one block of everything: k, rows, panels, and work for several threads. */
const LARGE: Dims = { T: 5, B: 37, H: 83, M: 211, N: 307, K: 530, beta: 1, flagA: 1, flagB: 0, withNull: false };
const LARGE_OTHER: Dims = { ...LARGE, B: 17, H: 149, beta: 0, flagA: 0, flagB: 1, withNull: true };
/** One step of one sequence, as in sampling. */
const SINGLE: Dims = { T: 1, B: 1, H: 301, M: 1, N: 1003, K: 257, beta: 0, flagA: 0, flagB: 1, withNull: true };
/** One step of a batch, as where a decoder attends before each of its steps: weights are packed to be read once. */
const STEP: Dims = { T: 1, B: 37, H: 149, M: 61, N: 307, K: 530, beta: 1, flagA: 0, flagB: 0, withNull: true };
/** More rows than a product packs at once. */
const TALL: Dims = { T: 2, B: 3, H: 5, M: 2500, N: 37, K: 19, beta: 1, flagA: 0, flagB: 1, withNull: false };
/** Weights of more than one block of k that no near cache holds, so that panels are prefetched. */
const FAR: Dims = { T: 2, B: 19, H: 530, M: 151, N: 1030, K: 515, beta: 0, flagA: 0, flagB: 1, withNull: false };
/** And rows so far apart that they share a set of a cache. */
const FAR_OTHER: Dims = { ...FAR, B: 9, H: 1024, beta: 1, flagA: 1, flagB: 0, withNull: true };
const TALL_OTHER: Dims = { ...TALL, beta: 0, flagA: 1, flagB: 0 };
const LARGE_DIMS = [LARGE, LARGE_OTHER, SINGLE, STEP, TALL, TALL_OTHER, FAR, FAR_OTHER] as const;

/** Compares a backend with the reference: every kernel of the contract, on shapes from 1 to many blocks. */
export function describeBackend(
  name: string,
  make: Make,
  { skip = [], inputs = asTheyAre, tolerances = {} }: ConformanceOptions = {},
): void {
  describe(`kernels on ${name}`, () => {
    let backend: Backend;
    let others: Backend[];
    const reference = createReferenceBackend();
    const largeOutcomes = remembered(outcomesOfLarge, inputs, () => new Map<string, Outcome>());
    beforeAll(async () => {
      backend = await make(1);
      others = [await make(2), await make(3)];
    });
    afterAll(() => {
      for (const each of [backend, ...others]) each.close();
    });

    it('is refused once it is closed', async () => {
      const closed = await make(2);
      const y = closed.heap.allocate(4);
      closed.close();
      closed.close();
      expect(() => closed.kernels.fill(y, 1, 1)).toThrow('backend must be open, got one that was closed');
      expect(() => closed.heap.real(y, 1)).toThrow('backend must be open, got one that was closed');
    });

    for (const { kernel, name, make: makeAny } of ALL_CASES) {
      const makeCase: MakeCase = (dims, numbers) =>
        rounded(makeAny(dims, numbers), (values) => inputs(values, kernel));
      const expectSame = (found: Outcome, wanted: Outcome, terms = 1) =>
        expectWithin(found, wanted, tolerances[kernel] ?? 2e-6 * (1 + Math.sqrt(terms)));
      const skipped = skip.find(({ tests }) => tests.includes(kernel));
      const test = skipped ? it.skip : it;
      const title = skipped ? `${name} (skipped: ${skipped.reason})` : name;

      test(`${title}: as the reference, on any shape`, () => {
        fc.assert(
          fc.property(ANY_DIMS, fc.nat(), (dims, seed) => {
            const made = makeCase(dims, new Numbers(seed));
            expectSame(runCase(backend, made), runCase(reference, made), made.terms);
          }),
          { numRuns: 20, seed: 1 },
        );
      });

      test(`${title}: as the reference on large shapes, the same bits on 1, 2 and 3 threads`, () => {
        for (const dims of LARGE_DIMS) {
          const made = makeCase(dims, new Numbers(7));
          const found = runCase(backend, made);
          expectSame(
            found,
            remembered(largeOutcomes, `${name} ${LARGE_DIMS.indexOf(dims)}`, () => runCase(reference, made)),
            made.terms,
          );
          for (const other of others) expectSameBits(runCase(other, made), found);
        }
      });

      test(`${title}: passes NaN and infinity through`, () => {
        for (const [seed, wrong] of [Number.NaN, Infinity, -Infinity].entries()) {
          const made = makeCase({ ...LARGE, T: 3, B: 5, H: 21, M: 19, N: 23, K: 29, flagA: 0 }, new Numbers(seed));
          const poisoned = withValue(made, wrong, seed);
          expectSame(runCase(backend, poisoned), runCase(reference, poisoned), poisoned.terms);
        }
      });
    }
  });
}

const asTheyAre = (values: Float32Array): Float32Array => values;

/** What the reference makes of large shapes, by how their numbers are rounded: once for all backends. */
const outcomesOfLarge = new Map<ConformanceOptions['inputs'], Map<string, Outcome>>();

function remembered<K, T>(values: Map<K, T>, key: K, compute: () => T): T {
  const value = values.get(key) ?? compute();
  values.set(key, value);
  return value;
}

/** The case with every real input rounded. */
export const rounded = (made: Case, round: (values: Float32Array) => Float32Array): Case => ({
  ...made,
  reals: Object.fromEntries(Object.entries(made.reals).map(([name, values]) => [name, round(values)])),
});

/** The case with one number of every real input replaced. */
function withValue(made: Case, value: number, seed: number): Case {
  const reals = Object.entries(made.reals).map(([name, values], k) => {
    const changed = values.slice();
    if (made.settings?.includes(name)) return [name, changed] as const;
    changed[(37 * seed + 11 * k) % values.length] = value;
    return [name, changed] as const;
  });
  return { ...made, reals: Object.fromEntries(reals) };
}

function expectSameBits(found: Outcome, wanted: Outcome): void {
  expect(found.returned).toBe(wanted.returned);
  for (const [name, want] of Object.entries(wanted.outputs)) {
    const got = found.outputs[name] as typeof want;
    const at = firstDifference(got, want);
    if (at >= 0) expect.fail(`${name}[${at}] must be ${want[at]} on any number of threads, got ${got[at]}`);
  }
}

/** The outputs by name, and what was returned as one more. */
function values(outcome: Outcome): [string, ArrayLike<number>][] {
  return [...Object.entries(outcome.outputs), ['returned', [outcome.returned ?? 0]]];
}

/** The tolerance for float32 is of 24 bits, of which the sums of `terms` terms of about 1 lose some. */
export function expectWithin(found: Outcome, wanted: Outcome, tolerance: number): void {
  for (const [k, [name, want]] of values(wanted).entries()) {
    const got = values(found)[k]?.[1] as ArrayLike<number>;
    let worst = -1;
    let worstError = 0;
    for (let i = 0; i < want.length; i++) {
      const [x, y] = [got[i] as number, want[i] as number];
      const error = Object.is(x, y) || x === y ? 0 : Math.abs(x - y) / (1 + Math.abs(y));
      if (error <= Math.max(worstError, tolerance)) continue;
      worst = i;
      worstError = error;
      if (Number.isNaN(error)) break;
    }
    if (worst >= 0)
      expect.fail(
        `${name}[${worst}] must be ${want[worst]}, got ${got[worst]} (relative to 1 + |value| ${worstError}, at most ${tolerance})`,
      );
  }
}
