import type { Kernels } from '@unroll/rnn-core';
import type { Case, Dims, MakeCase } from './case.ts';
import type { Numbers } from './numbers.ts';

/** Attention over at most 64 positions of at most 96 features: the reference is slow. */
const attention =
  (make: (dims: Dims & { Q: number; S: number; D: number; E: number }, n: Numbers) => Case): MakeCase =>
  (dims, n) =>
    make({ ...dims, Q: dims.T, S: Math.min(dims.M, 64), D: dims.H, E: Math.min(dims.K, 96) }, n);

/** Both attentions, forward and backward. */
export const ATTENTION_CASES = {
  attentionDotForward: attention(({ Q, S, B, D, E, withNull }, n) => ({
    reals: {
      context: n.garbage(Q * B * E),
      weights: n.garbage(Q * B * S),
      q: n.normal(Q * B * D),
      keys: n.normal(S * B * D),
      values: n.normal(S * B * E),
    },
    ints: { lengths: n.integers(B, 0, S) },
    outputs: ['context', 'weights'],
    terms: D + S,
    call: (k, at) =>
      k.attentionDotForward(
        at('context'),
        at('weights'),
        at('q'),
        at('keys'),
        at('values'),
        withNull ? 0 : at('lengths'),
        Q,
        S,
        B,
        D,
        E,
        1 / Math.sqrt(D),
      ),
  })),
  attentionDotBackward: attention(({ Q, S, B, D, E, flagA, withNull }, n) => ({
    reals: {
      dq: n.normal(Q * B * D),
      dkeys: n.normal(S * B * D),
      dvalues: n.normal(S * B * E),
      dscores: n.garbage(Q * B * S),
      dcontext: n.normal(Q * B * E),
      weights: n.uniform(Q * B * S),
      q: n.normal(Q * B * D),
      keys: n.normal(S * B * D),
      values: n.normal(S * B * E),
    },
    ints: { lengths: n.integers(B, 0, S) },
    outputs: ['dq', 'dkeys', 'dvalues', 'dscores'],
    terms: D + E + S * E + Q * E,
    call: (k, at) =>
      k.attentionDotBackward(
        at('dq'),
        flagA ? at('dkeys') : 0,
        at('dvalues'),
        at('dscores'),
        at('dcontext'),
        at('weights'),
        at('q'),
        at('keys'),
        at('values'),
        withNull ? 0 : at('lengths'),
        Q,
        S,
        B,
        D,
        E,
        0.3,
      ),
  })),
  attentionAdditiveForward: attention(({ Q, S, B, D, E, withNull }, n) => ({
    reals: {
      context: n.garbage(Q * B * E),
      weights: n.garbage(Q * B * S),
      q: n.normal(Q * B * D),
      keys: n.normal(S * B * D),
      values: n.normal(S * B * E),
      v: n.normal(D, 1 / Math.sqrt(D)),
    },
    ints: { lengths: n.integers(B, 0, S) },
    outputs: ['context', 'weights'],
    terms: D + S,
    call: (k, at) =>
      k.attentionAdditiveForward(
        at('context'),
        at('weights'),
        at('q'),
        at('keys'),
        at('values'),
        at('v'),
        withNull ? 0 : at('lengths'),
        Q,
        S,
        B,
        D,
        E,
      ),
  })),
  attentionAdditiveBackward: attention(({ Q, S, B, D, E, flagA, withNull }, n) => ({
    reals: {
      dq: n.normal(Q * B * D),
      dkeys: n.normal(S * B * D),
      dvalues: n.normal(S * B * E),
      dv: n.normal(D),
      dscores: n.garbage(Q * B * S),
      dcontext: n.normal(Q * B * E),
      weights: n.uniform(Q * B * S),
      q: n.normal(Q * B * D),
      keys: n.normal(S * B * D),
      values: n.normal(S * B * E),
      v: n.normal(D),
    },
    ints: { lengths: n.integers(B, 0, S) },
    outputs: ['dq', 'dkeys', 'dvalues', 'dv', 'dscores'],
    terms: D + E + Q * S * B * E,
    call: (k, at) =>
      k.attentionAdditiveBackward(
        at('dq'),
        at('dkeys'),
        at('dvalues'),
        flagA ? at('dv') : 0,
        at('dscores'),
        at('dcontext'),
        at('weights'),
        at('q'),
        at('keys'),
        at('values'),
        at('v'),
        withNull ? 0 : at('lengths'),
        Q,
        S,
        B,
        D,
        E,
      ),
  })),
} satisfies Partial<Record<keyof Kernels, MakeCase>>;
