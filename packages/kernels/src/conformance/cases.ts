import { BINARY, type Kernels, PANEL_OUTPUTS, UNARY } from '@unroll/rnn-core';
import { ATTENTION_CASES } from './attention-cases.ts';
import type { MakeCase } from './case.ts';
import { RECURRENT_CASES } from './recurrent-cases.ts';

/** Small whole numbers, and NaN for 3. */
const steps = (numbers: Int32Array): Float32Array => Float32Array.from(numbers, (x) => (x < 3 ? x : Number.NaN));

/** Rows that give work to several threads, where there are many cases. */
const ENOUGH_ROWS = 120;

/** A case for every code of a table. */
const forEach = (codes: Readonly<Record<string, number>>, make: (code: number) => MakeCase) =>
  Object.fromEntries(Object.entries(codes).map(([name, code]) => [name, make(code)]));

/** The weights of [N, K] in whole panels. */
const packedSize = (N: number, K: number): number => Math.ceil(N / PANEL_OUTPUTS) * PANEL_OUTPUTS * K;

/** Every kernel of the contract, in its variants where it has some: the type lists what is missing. */
const CASES: Readonly<Record<keyof Kernels, MakeCase | Readonly<Record<string, MakeCase>>>> = {
  fill: ({ N, M }, n) => ({
    reals: { y: n.garbage(N * M) },
    outputs: ['y'],
    call: (k, at) => k.fill(at('y'), -1.25, N * M),
  }),
  copyRows: ({ N, M, beta }, n) => ({
    reals: { y: n.normal(M * (N + 3)), x: n.normal(M * (N + 5)) },
    outputs: ['y'],
    call: (k, at) => k.copyRows(at('y'), N + 3, at('x'), N + 5, M, N, beta),
  }),
  maskTime: ({ T, B, H, beta }, n) => ({
    reals: { y: n.output(T * B * H, beta), x: n.normal(T * B * H) },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['y'],
    call: (k, at) => k.maskTime(at('y'), at('x'), at('lengths'), T, B, H, beta),
  }),

  gemm: ({ M, N, K, beta, flagA, flagB, withNull }, n) => {
    const [ldA, ldB, ldC] = [(flagA ? M : K) + 2, (flagB ? K : N) + 1, N + 3];
    return {
      reals: {
        c: n.rows(M, N, ldC, beta),
        a: n.normal((flagA ? K : M) * ldA),
        b: n.normal((flagB ? N : K) * ldB),
        bias: n.normal(N),
      },
      outputs: ['c'],
      terms: K,
      call: (k, at) =>
        k.gemm(at('c'), ldC, at('a'), ldA, at('b'), ldB, withNull ? 0 : at('bias'), M, N, K, flagA, flagB, beta),
    };
  },
  packedProduct: ({ N, K }, n) => ({
    reals: { y: n.garbage(N), x: n.normal(K), w: n.normal(packedSize(N, K)), bias: n.normal(N) },
    outputs: ['y'],
    terms: K,
    call: (k, at) => k.packedProduct(at('y'), at('x'), at('w'), at('bias'), N, K),
  }),
  packedProductInt8: ({ N, K }, n) => ({
    reals: { y: n.garbage(N), x: n.normal(K), scales: n.uniform(N).map((scale) => scale / 127), bias: n.normal(N) },
    ints: { w: n.integers(packedSize(N, K) / 4, -(2 ** 31), 2 ** 31 - 1) }, // four weights each
    outputs: ['y'],
    terms: K,
    call: (k, at) => k.packedProductInt8(at('y'), at('x'), at('w'), at('scales'), at('bias'), N, K),
  }),

  unaryForward: forEach(UNARY, (op) => ({ M, N }, n) => {
    const size = N * Math.min(M, ENOUGH_ROWS);
    return {
      reals: { y: n.garbage(size), x: n.normal(size, 4) },
      outputs: ['y'],
      call: (k, at) => k.unaryForward(at('y'), at('x'), op, size),
    };
  }),
  unaryBackward: forEach(UNARY, (op) => ({ M, N, beta }, n) => {
    const size = N * Math.min(M, ENOUGH_ROWS);
    return {
      reals: { dx: n.output(size, beta), dy: n.normal(size), v: n.normal(size, 0.4, 1) },
      outputs: ['dx'],
      call: (k, at) => k.unaryBackward(at('dx'), at('dy'), at('v'), op, size, beta),
    };
  }),
  binary: forEach(BINARY, (op) => ({ M: rows, N, beta, flagA, withNull }, n) => {
    const M = Math.min(rows, ENOUGH_ROWS);
    const period = withNull ? M * N : flagA ? 1 : N;
    return {
      reals: { y: n.output(M * N, beta), a: n.normal(M * N), b: n.uniform(period) },
      outputs: ['y'],
      call: (k, at) => k.binary(at('y'), at('a'), at('b'), op, M * N, period, beta),
    };
  }),
  scale: ({ M, N, beta }, n) => ({
    reals: { y: n.output(M * N, beta), x: n.normal(M * N) },
    outputs: ['y'],
    call: (k, at) => k.scale(at('y'), at('x'), -0.75, M * N, beta),
  }),
  clamp: ({ M, N }, n) => ({
    reals: { y: n.garbage(M * N), x: n.normal(M * N, 2) },
    outputs: ['y'],
    call: (k, at) => k.clamp(at('y'), at('x'), -1.5, 0.5, M * N),
  }),
  clampBackward: ({ M, N, beta }, n) => ({
    reals: { dx: n.output(M * N, beta), dy: n.normal(M * N), x: n.normal(M * N, 2) },
    outputs: ['dx'],
    call: (k, at) => k.clampBackward(at('dx'), at('dy'), at('x'), -1.5, 0.5, M * N, beta),
  }),
  // A transpose, a row and a column repeated, and every second element of a row.
  copyStrided: ({ M, N, T, beta, flagA, flagB, withNull }, n) => {
    const strides = withNull ? [M, 0, 2] : flagA ? [0, flagB, 0] : [M * N, 1, M];
    return {
      reals: { y: n.output(T * M * N, beta), x: n.normal(T * M * N + 2 * N) },
      ints: { shape: Int32Array.of(T, M, N), strides: Int32Array.from(strides) },
      outputs: ['y'],
      call: (k, at) => k.copyStrided(at('y'), at('x'), at('shape'), at('strides'), 3, beta),
    };
  },

  sumRows: ({ M, N, beta }, n) => ({
    reals: { y: n.output(N, beta), x: n.normal(M * (N + 2)) },
    outputs: ['y'],
    terms: M,
    call: (k, at) => k.sumRows(at('y'), at('x'), N + 2, M, N, beta),
  }),
  sumRowsOfProduct: ({ M, N, beta }, n) => ({
    reals: { y: n.output(N, beta), a: n.normal(M * N), b: n.normal(M * N) },
    outputs: ['y'],
    terms: M,
    call: (k, at) => k.sumRowsOfProduct(at('y'), at('a'), at('b'), M, N, beta),
  }),
  sumColumns: ({ M, N, beta }, n) => ({
    reals: { y: n.output(M, beta), x: n.normal(M * N) },
    outputs: ['y'],
    terms: N,
    call: (k, at) => k.sumColumns(at('y'), at('x'), M, N, beta),
  }),

  softmaxForward: ({ M, N }, n) => ({
    reals: { y: n.garbage(M * N), x: n.normal(M * N, 4) },
    outputs: ['y'],
    terms: N,
    call: (k, at) => k.softmaxForward(at('y'), at('x'), M, N),
  }),
  softmaxBackward: ({ M, N, beta }, n) => ({
    reals: { dx: n.output(M * N, beta), dy: n.normal(M * N), y: n.uniform(M * N) },
    outputs: ['dx'],
    terms: N,
    call: (k, at) => k.softmaxBackward(at('dx'), at('dy'), at('y'), M, N, beta),
  }),
  logSoftmaxForward: ({ M, N }, n) => ({
    reals: { y: n.garbage(M * N), x: n.normal(M * N, 4) },
    outputs: ['y'],
    terms: N,
    call: (k, at) => k.logSoftmaxForward(at('y'), at('x'), M, N),
  }),
  logSoftmaxBackward: ({ M, N, beta }, n) => ({
    reals: { dx: n.output(M * N, beta), dy: n.normal(M * N), y: n.uniform(M * N).map(Math.log) },
    outputs: ['dx'],
    terms: N,
    call: (k, at) => k.logSoftmaxBackward(at('dx'), at('dy'), at('y'), M, N, beta),
  }),
  crossEntropyForward: ({ M, N, flagA, withNull }, n) => ({
    reals: { losses: n.garbage(M), lse: n.garbage(M), logits: n.normal(M * N, 3), weights: n.uniform(N) },
    ints: { targets: n.integers(M, -1, N - 1) },
    outputs: ['losses', 'lse'],
    settings: ['weights'],
    terms: N,
    call: (k, at) =>
      k.crossEntropyForward(
        at('losses'),
        at('lse'),
        at('logits'),
        at('targets'),
        withNull ? 0 : at('weights'),
        M,
        N,
        -1,
        flagA * 0.1,
      ),
  }),
  crossEntropyBackward: ({ M, N, beta, flagA, flagB, withNull }, n) => {
    const logits = n.normal(M * N, 2);
    const lse = Float32Array.from({ length: M }, (_, r) => {
      let sum = 0;
      for (const x of logits.subarray(r * N, (r + 1) * N)) sum += Math.exp(x);
      return Math.log(sum);
    });
    return {
      reals: { dlogits: n.output(M * N, beta), dloss: n.normal(flagB ? M : 1), logits, lse, weights: n.uniform(N) },
      ints: { targets: n.integers(M, -1, N - 1) },
      outputs: ['dlogits'],
      settings: ['weights'],
      call: (k, at) =>
        k.crossEntropyBackward(
          at('dlogits'),
          at('dloss'),
          flagB,
          at('logits'),
          at('lse'),
          at('targets'),
          withNull ? 0 : at('weights'),
          M,
          N,
          -1,
          flagA * 0.1,
          0.5,
          beta,
        ),
    };
  },

  embeddingForward: ({ M, N, K }, n) => ({
    reals: { y: n.garbage(M * N), table: n.normal(K * N) },
    ints: { ids: n.integers(M, 0, K - 1) },
    outputs: ['y'],
    call: (k, at) => k.embeddingForward(at('y'), at('table'), at('ids'), M, N),
  }),
  embeddingBackward: ({ M, N, K }, n) => ({
    reals: { dtable: n.normal(K * N), dy: n.normal(M * N) },
    ints: { ids: n.integers(M, 0, K - 1) },
    outputs: ['dtable'],
    terms: M,
    call: (k, at) => k.embeddingBackward(at('dtable'), at('dy'), at('ids'), M, N),
  }),

  layerNormForward: ({ M, N }, n) => ({
    reals: {
      y: n.garbage(M * N),
      mean: n.garbage(M),
      rstd: n.garbage(M),
      x: n.normal(M * N, 2, 1),
      weight: n.normal(N),
      bias: n.normal(N),
    },
    outputs: ['y', 'mean', 'rstd'],
    terms: 8 * N,
    // A row of one element has no variance: with a small eps its rounding would be all there is to compare.
    call: (k, at) =>
      k.layerNormForward(at('y'), at('mean'), at('rstd'), at('x'), at('weight'), at('bias'), M, N, 0.1),
  }),
  layerNormBackward: ({ M, N, beta }, n) => ({
    reals: {
      dx: n.output(M * N, beta),
      dy: n.normal(M * N),
      x: n.normal(M * N),
      mean: n.normal(M, 0.1),
      rstd: n.uniform(M),
      weight: n.normal(N),
    },
    outputs: ['dx'],
    terms: N,
    call: (k, at) =>
      k.layerNormBackward(at('dx'), at('dy'), at('x'), at('mean'), at('rstd'), at('weight'), M, N, beta),
  }),
  layerNormBackwardWeight: ({ M, N, beta }, n) => ({
    reals: {
      dweight: n.output(N, beta),
      dy: n.normal(M * N),
      x: n.normal(M * N),
      mean: n.normal(M),
      rstd: n.uniform(M),
    },
    outputs: ['dweight'],
    terms: 2 * M,
    call: (k, at) => k.layerNormBackwardWeight(at('dweight'), at('dy'), at('x'), at('mean'), at('rstd'), M, N, beta),
  }),

  dropoutMask: ({ M, N, K }, n) => ({
    reals: { y: n.garbage(M * N) },
    outputs: ['y'],
    call: (k, at) => k.dropoutMask(at('y'), M * N, 0.3, 0x9e3779b9 + K, 0xffffffff - N),
  }),

  unfoldTime: ({ T, B, H, flagA, withNull }, n) => {
    const [stride, padding, K] = [1 + flagA, 2, 3];
    const To = Math.floor((T + 2 * padding - K) / stride) + 1;
    return {
      reals: { cols: n.garbage(To * B * H * K), x: n.normal(T * B * H) },
      ints: { lengths: n.integers(B, 0, T) },
      outputs: ['cols'],
      call: (k, at) =>
        k.unfoldTime(at('cols'), at('x'), withNull ? 0 : at('lengths'), T, B, H, K, stride, padding, To),
    };
  },
  foldTime: ({ T, B, H, beta, flagA, withNull }, n) => {
    const [stride, padding, K] = [1 + flagA, 2, 3];
    const To = Math.floor((T + 2 * padding - K) / stride) + 1;
    return {
      reals: { dx: n.output(T * B * H, beta), dcols: n.normal(To * B * H * K) },
      ints: { lengths: n.integers(B, 0, T) },
      outputs: ['dx'],
      call: (k, at) =>
        k.foldTime(at('dx'), at('dcols'), withNull ? 0 : at('lengths'), T, B, H, K, stride, padding, To, beta),
    };
  },
  depthwiseConv1dForward: ({ T, B, H, K: size }, n) => {
    const K = Math.min(size, 5);
    return {
      reals: {
        y: n.garbage(T * B * H),
        x: n.normal((T + K - 1) * B * H),
        weight: n.normal(K * H),
        bias: n.normal(H),
      },
      outputs: ['y'],
      terms: K,
      call: (k, at) => k.depthwiseConv1dForward(at('y'), at('x'), at('weight'), at('bias'), T, B, H, K),
    };
  },
  depthwiseConv1dBackward: ({ T, B, H, K: size, beta }, n) => {
    const K = Math.min(size, 5);
    return {
      reals: { dx: n.output((T + K - 1) * B * H, beta), dy: n.normal(T * B * H), weight: n.normal(K * H) },
      outputs: ['dx'],
      terms: K,
      call: (k, at) => k.depthwiseConv1dBackward(at('dx'), at('dy'), at('weight'), T, B, H, K, beta),
    };
  },
  // Few numbers, so that the maximum occurs several times, and some are NaN.
  maxTimeForward: ({ T, B, H, flagA, withNull }, n) => ({
    reals: { y: n.garbage(B * H), x: steps(n.integers(T * B * H, -2, flagA ? 3 : 2)) },
    ints: { at: n.integers(B * H, 5, 9), lengths: n.integers(B, 0, T) },
    outputs: ['y', 'at'],
    call: (k, at) => k.maxTimeForward(at('y'), at('at'), at('x'), withNull ? 0 : at('lengths'), T, B, H),
  }),
  maxTimeBackward: ({ T, B, H, beta }, n) => ({
    reals: { dx: n.output(T * B * H, beta), dy: n.normal(B * H) },
    ints: { at: n.integers(B * H, -1, T - 1) },
    outputs: ['dx'],
    call: (k, at) => k.maxTimeBackward(at('dx'), at('dy'), at('at'), T, B, H, beta),
  }),
  meanTimeForward: ({ T, B, H, withNull }, n) => ({
    reals: { y: n.garbage(B * H), x: n.normal(T * B * H) },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['y'],
    terms: T,
    call: (k, at) => k.meanTimeForward(at('y'), at('x'), withNull ? 0 : at('lengths'), T, B, H),
  }),
  meanTimeBackward: ({ T, B, H, beta, withNull }, n) => ({
    reals: { dx: n.output(T * B * H, beta), dy: n.normal(B * H) },
    ints: { lengths: n.integers(B, 0, T) },
    outputs: ['dx'],
    call: (k, at) => k.meanTimeBackward(at('dx'), at('dy'), withNull ? 0 : at('lengths'), T, B, H, beta),
  }),

  ...RECURRENT_CASES,
  ...ATTENTION_CASES,

  sumOfSquares: ({ M, N }, n) => ({
    reals: { x: n.normal(M * N) },
    outputs: [],
    call: (k, at) => k.sumOfSquares(at('x'), M * N),
  }),
  firstNonFinite: ({ M, N, withNull }, n) => {
    const x = n.normal(M * N);
    if (!withNull) x[Math.floor((M * N) / 2)] = Number.NaN;
    return { reals: { x }, outputs: [], call: (k, at) => k.firstNonFinite(at('x'), M * N) };
  },
  sgd: ({ M, N, flagA, withNull }, n) => ({
    reals: { p: n.normal(M * N), g: n.normal(M * N), m: n.normal(M * N) },
    outputs: ['p', 'm'],
    call: (k, at) => k.sgd(at('p'), at('g'), withNull ? 0 : at('m'), M * N, 0.1, 0.9, flagA, 0.01, 0.7),
  }),
  rmsprop: ({ M, N, withNull }, n) => ({
    reals: { p: n.normal(M * N), g: n.normal(M * N), v: n.uniform(M * N), m: n.normal(M * N) },
    outputs: ['p', 'v', 'm'],
    call: (k, at) =>
      k.rmsprop(at('p'), at('g'), at('v'), withNull ? 0 : at('m'), M * N, 0.1, 0.99, 1e-3, 0.9, 0.01, 0.7),
  }),
  adam: ({ M, N, flagA }, n) => ({
    reals: { p: n.normal(M * N), g: n.normal(M * N), m: n.normal(M * N), v: n.uniform(M * N) },
    outputs: ['p', 'm', 'v'],
    call: (k, at) =>
      k.adam(at('p'), at('g'), at('m'), at('v'), M * N, 0.01, 0.9, 0.999, 1e-3, 0.1, flagA, 0.5, 0.05, 0.7),
  }),
};

/** The cases of a kernel, by names such as `binary div`. */
function casesOf(kernel: keyof Kernels): (readonly [name: string, make: MakeCase])[] {
  const cases = CASES[kernel];
  if (typeof cases === 'function') return [[kernel, cases]];
  return Object.entries(cases).map(([variant, make]) => [`${kernel} ${variant}`, make]);
}

/** Every case with its kernel. */
export const ALL_CASES = (Object.keys(CASES) as (keyof Kernels)[]).flatMap((kernel) =>
  casesOf(kernel).map(([name, make]) => ({ kernel, name, make })),
);
