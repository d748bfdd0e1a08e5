/**
 * Writes calls of every kernel, as c/sanitize.c reads them, to standard output. usage: record-cases.ts KERNEL,KERNEL,…
 */
import type { Kernels } from '@unroll/rnn-core';
import type { Dims } from './case.ts';
import { ALL_CASES } from './cases.ts';
import { Numbers } from './numbers.ts';

/** What distinguishes a pointer from a number: the array it points into, times this. */
const ARRAY = 2 ** 40;

const BASE: Dims = { T: 3, B: 5, H: 19, M: 14, N: 37, K: 11, beta: 0, flagA: 0, flagB: 0, withNull: false };
const VARIANTS: readonly Dims[] = [
  BASE,
  { ...BASE, flagA: 1, beta: 1 },
  { ...BASE, flagB: 1, withNull: true },
  { ...BASE, flagA: 1, flagB: 1, M: 97, N: 130, K: 300, B: 21, H: 67 },
  { ...BASE, beta: 1, M: 100, N: 261, K: 258, B: 33, H: 64, T: 5 },
  { ...BASE, T: 1, B: 21, H: 149, M: 61, N: 130 },
  { ...BASE, T: 2, B: 19, H: 530, M: 151, N: 1030, K: 515 },
  { ...BASE, T: 2, B: 9, H: 1024 },
  { T: 1, B: 1, H: 1, M: 1, N: 1, K: 1, beta: 0, flagA: 0, flagB: 0, withNull: false },
];

const names = (process.argv[2] ?? '').split(',') as (keyof Kernels)[];
const parts: Uint8Array[] = [];
const int = (value: number) => parts.push(new Uint8Array(Int32Array.of(value).buffer));
for (const { kernel, make } of ALL_CASES) {
  for (const [seed, dims] of VARIANTS.entries()) {
    const made = make(dims, new Numbers(seed));
    const arrays = Object.entries<Float32Array | Int32Array>({ ...made.reals, ...made.ints });
    int(names.indexOf(kernel));
    int(arrays.length);
    for (const [, { buffer, byteLength }] of arrays) {
      int(byteLength);
      parts.push(new Uint8Array(buffer));
    }
    const recorder = new Proxy({} as Kernels, {
      get:
        () =>
        (...values: number[]) => {
          int(values.length);
          for (const value of values) {
            const array = Math.floor(value / ARRAY) - 1;
            parts.push(new Uint8Array(Float64Array.of(array >= 0 ? value % ARRAY : value).buffer));
            int(Math.max(array, -1));
          }
          return 0;
        },
    });
    made.call(recorder, (array) => (arrays.findIndex(([found]) => found === array) + 1) * ARRAY);
  }
}
process.stdout.write(Buffer.concat(parts));
