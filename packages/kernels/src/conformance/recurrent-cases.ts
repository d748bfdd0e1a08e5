import type { Kernels } from '@unroll/rnn-core';
import type { MakeCase } from './case.ts';

/** Whole sequences, forward and backward, and single steps. */
export const RECURRENT_CASES = {
  rnnForward: ({ T, B, H, flagA, flagB, withNull }, n) => ({
    reals: {
      h: n.normal((T + 1) * B * H),
      xg: n.normal(T * B * H),
      w: n.normal(H * H, 1 / Math.sqrt(H)),
      bias: n.normal(H),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h'],
    terms: T * H,
    call: (k, at) =>
      k.rnnForward(at('h'), at('xg'), at('w'), at('bias'), withNull ? 0 : at('lengths'), T, B, H, flagA, flagB),
  }),
  rnnBackward: ({ T, B, H, flagA, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      dz: n.garbage(T * B * H),
      h: n.normal((T + 1) * B * H, 0.4),
      w: n.normal(H * H, 1 / Math.sqrt(H)),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'dz'],
    terms: T * H,
    call: (k, at) =>
      k.rnnBackward(at('dh'), at('dz'), at('h'), at('w'), withNull ? 0 : at('lengths'), T, B, H, flagA, flagB),
  }),
  gruForward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      h: n.normal((T + 1) * B * H),
      gates: n.normal(T * B * 3 * H),
      q: n.garbage(T * B * H),
      w: n.normal(3 * H * H, 1 / Math.sqrt(H)),
      bias: n.normal(3 * H),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h', 'gates', 'q'],
    terms: T * H,
    call: (k, at) =>
      k.gruForward(at('h'), at('gates'), at('q'), at('w'), at('bias'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  gruBackward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      gates: n.uniform(T * B * 3 * H),
      q: n.normal(T * B * H),
      h: n.normal((T + 1) * B * H, 0.4),
      w: n.normal(3 * H * H, 1 / Math.sqrt(H)),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'gates', 'q'],
    terms: 3 * T * H,
    call: (k, at) =>
      k.gruBackward(at('dh'), at('gates'), at('q'), at('h'), at('w'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  lstmForward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      h: n.normal((T + 1) * B * H),
      c: n.normal((T + 1) * B * H),
      gates: n.normal(T * B * 4 * H),
      w: n.normal(4 * H * H, 1 / Math.sqrt(H)),
      bias: n.normal(4 * H),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h', 'c', 'gates'],
    terms: T * H,
    call: (k, at) =>
      k.lstmForward(at('h'), at('c'), at('gates'), at('w'), at('bias'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  lstmBackward: ({ T, B, H, flagA, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      dc: n.normal((flagA * T + 1) * B * H),
      gates: n.uniform(T * B * 4 * H),
      c: n.normal((T + 1) * B * H),
      w: n.normal(4 * H * H, 1 / Math.sqrt(H)),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'dc', 'gates'],
    terms: 4 * T * H,
    call: (k, at) =>
      k.lstmBackward(
        at('dh'),
        at('dc'),
        flagA * B * H,
        at('gates'),
        at('c'),
        at('w'),
        withNull ? 0 : at('lengths'),
        T,
        B,
        H,
        flagB,
      ),
  }),
  rnnStep: ({ H, flagA }, n) => ({
    reals: { h: n.garbage(H), xg: n.normal(H), a: n.normal(H) },
    outputs: ['h'],
    call: (k, at) => k.rnnStep(at('h'), at('xg'), at('a'), H, flagA),
  }),
  gruStep: ({ H }, n) => ({
    reals: { h: n.normal(H), xg: n.normal(3 * H), a: n.normal(3 * H) },
    outputs: ['h'],
    call: (k, at) => k.gruStep(at('h'), at('xg'), at('a'), H),
  }),
  lstmStep: ({ H }, n) => ({
    reals: { h: n.garbage(H), c: n.normal(H), xg: n.normal(4 * H), a: n.normal(4 * H) },
    outputs: ['h', 'c'],
    call: (k, at) => k.lstmStep(at('h'), at('c'), at('xg'), at('a'), H),
  }),
  slstmForward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      h: n.normal((T + 1) * B * H),
      c: n.normal((T + 1) * B * 2 * H),
      gates: n.normal(T * B * 4 * H),
      w: n.normal(4 * H * H, 1 / Math.sqrt(H)),
      bias: n.normal(4 * H),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h', 'c', 'gates'],
    terms: T * H,
    call: (k, at) =>
      k.slstmForward(
        at('h'),
        at('c'),
        at('gates'),
        at('w'),
        at('bias'),
        withNull ? 0 : at('lengths'),
        T,
        B,
        H,
        flagB,
      ),
  }),
  slstmBackward: ({ T, B, H, flagA, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      dc: n.normal((flagA * T + 1) * B * 2 * H),
      gates: n.uniform(T * B * 4 * H),
      c: n.normal((T + 1) * B * 2 * H),
      w: n.normal(4 * H * H, 1 / Math.sqrt(H)),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'dc', 'gates'],
    terms: 4 * T * H,
    call: (k, at) =>
      k.slstmBackward(
        at('dh'),
        at('dc'),
        flagA * B * 2 * H,
        at('gates'),
        at('c'),
        at('w'),
        withNull ? 0 : at('lengths'),
        T,
        B,
        H,
        flagB,
      ),
  }),
  slstmStep: ({ H }, n) => ({
    reals: { h: n.garbage(H), c: n.normal(2 * H), xg: n.normal(4 * H), a: n.normal(4 * H) },
    outputs: ['h', 'c'],
    call: (k, at) => k.slstmStep(at('h'), at('c'), at('xg'), at('a'), H),
  }),
  minGruForward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: { h: n.normal((T + 1) * B * H), gates: n.normal(T * B * 2 * H) },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h', 'gates'],
    terms: T,
    call: (k, at) => k.minGruForward(at('h'), at('gates'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  minGruBackward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      gates: n.uniform(T * B * 2 * H),
      h: n.normal((T + 1) * B * H, 0.4),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'gates'],
    terms: T,
    call: (k, at) => k.minGruBackward(at('dh'), at('gates'), at('h'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  minGruStep: ({ H }, n) => ({
    reals: { h: n.normal(H), xg: n.normal(2 * H) },
    outputs: ['h'],
    call: (k, at) => k.minGruStep(at('h'), at('xg'), H),
  }),
  minLstmForward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: { h: n.normal((T + 1) * B * H), gates: n.normal(T * B * 3 * H) },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h', 'gates'],
    terms: T,
    call: (k, at) => k.minLstmForward(at('h'), at('gates'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  minLstmBackward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      gates: n.uniform(T * B * 3 * H),
      h: n.normal((T + 1) * B * H, 0.4),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'gates'],
    terms: T,
    call: (k, at) => k.minLstmBackward(at('dh'), at('gates'), at('h'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  minLstmStep: ({ H }, n) => ({
    reals: { h: n.normal(H), xg: n.normal(3 * H) },
    outputs: ['h'],
    call: (k, at) => k.minLstmStep(at('h'), at('xg'), H),
  }),
  sruForward: ({ T, B, H, flagB, withNull }, n) => ({
    reals: {
      h: n.normal((T + 1) * B * H),
      c: n.normal((T + 1) * B * H),
      gates: n.normal(T * B * 4 * H),
      w: n.normal(2 * H),
      bias: n.normal(2 * H),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['h', 'c', 'gates'],
    terms: T,
    call: (k, at) =>
      k.sruForward(at('h'), at('c'), at('gates'), at('w'), at('bias'), withNull ? 0 : at('lengths'), T, B, H, flagB),
  }),
  sruBackward: ({ T, B, H, flagA, flagB, withNull }, n) => ({
    reals: {
      dh: n.normal((T + 1) * B * H),
      dc: n.normal((flagA * T + 1) * B * H),
      gates: n.uniform(T * B * 4 * H),
      dw: n.garbage(B * 2 * H),
      c: n.normal((T + 1) * B * H),
      w: n.normal(2 * H),
    },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dh', 'dc', 'gates', 'dw'],
    terms: T,
    call: (k, at) =>
      k.sruBackward(
        at('dh'),
        at('dc'),
        flagA * B * H,
        at('gates'),
        at('dw'),
        at('c'),
        at('w'),
        withNull ? 0 : at('lengths'),
        T,
        B,
        H,
        flagB,
      ),
  }),
  sruStep: ({ H }, n) => ({
    reals: { h: n.garbage(H), c: n.normal(H), xg: n.normal(4 * H), w: n.normal(2 * H), bias: n.normal(2 * H) },
    outputs: ['h', 'c'],
    call: (k, at) => k.sruStep(at('h'), at('c'), at('xg'), at('w'), at('bias'), H),
  }),
} satisfies Partial<Record<keyof Kernels, MakeCase>>;
