import type { Beta, Kernels, Ptr } from '@unroll/rnn-core';
import type { Numbers } from './numbers.ts';

/** One call of one kernel: what is in the heap before, the call, and what is looked at after. */
export interface Case {
  readonly reals: Readonly<Record<string, Float32Array>>;
  readonly ints?: Readonly<Record<string, Int32Array>>;
  /** Names of what the kernel writes. */
  readonly outputs: readonly string[];
  /** Names of inputs that are settings, and finite by their meaning. */
  readonly settings?: readonly string[];
  /** How many terms the longest sum has: errors grow with it. */
  readonly terms?: number;
  call(k: Kernels, at: (name: string) => Ptr): number | void;
}

/** Sizes and flags a case is made from; each kernel uses what it has. */
export interface Dims {
  readonly T: number;
  readonly B: number;
  readonly H: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly beta: Beta;
  readonly flagA: 0 | 1;
  readonly flagB: 0 | 1;
  readonly withNull: boolean;
}

export type MakeCase = (dims: Dims, n: Numbers) => Case;
