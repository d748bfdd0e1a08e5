import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/gradient-check.ts';
import { concat, slice, stack } from './concat.ts';
import { conv2d } from './conv2d.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dropout, lockedDropout } from './dropout.ts';
import {
  abs,
  add,
  clamp,
  div,
  exp,
  log,
  mul,
  neg,
  relu,
  scale,
  sigmoid,
  silu,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
} from './elementwise.ts';
import { embedding } from './embedding.ts';
import { layerNorm } from './layer-norm.ts';
import { lgamma, negativeBinomialNll, studentTNll } from './likelihood.ts';
import { linear, matmul } from './linear.ts';
import { minGruSequence, minLstmSequence } from './linear-recurrence.ts';
import { binaryCrossEntropyWithLogits, huberLoss, l1Loss, mseLoss } from './loss.ts';
import { expand, permute, transpose } from './permute.ts';
import { gruSequence, lstmSequence, rnnSequence, slstmSequence } from './recurrent.ts';
import { mean, sum } from './reduce.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { sruSequence } from './sru.ts';
import { conv1d, depthwiseConv1d, maskTime, maxOverTime, meanOverTime } from './time.ts';

type Inputs = Record<string, Tensor>;
type Case = readonly [
  name: string,
  inputs: Record<string, readonly number[]>,
  forward: (inputs: Inputs, tape: Tape) => Tensor | readonly Tensor[],
];

/** A row of the table, its inputs typed by their names. */
function row<Name extends string>(
  name: string,
  inputs: Record<Name, readonly number[]>,
  forward: (inputs: Record<Name, Tensor>, tape: Tape) => Tensor | readonly Tensor[],
): Case {
  return [name, inputs, (given, tape) => forward(given as Record<Name, Tensor>, tape)];
}

const lengths = Int32Array.of(4, 0, 2);
const T = 4,
  B = 3;

const BINARY = Object.entries({ add, sub, mul, div });
/** All above 0. */
const shifted = (x: Tensor): Tensor => add(x, 2);

const cases: readonly Case[] = [
  row('add', { a: [2, 3], b: [2, 3] }, ({ a, b }) => add(a, b)),
  row('add, b over the leading axes', { a: [2, 3, 4], b: [3, 4] }, ({ a, b }) => add(a, b)),
  row('add, b one number', { a: [2, 3], b: [] }, ({ a, b }) => add(a, b)),
  row('add, b with axes of length 1 in front', { a: [2, 3], b: [1, 1, 3] }, ({ a, b }) => add(a, b)),
  row('add, a tensor to itself', { a: [2, 3] }, ({ a }) => add(a, a)),
  ...BINARY.flatMap(([name, f]) => [
    row(`${name}, a over the leading axes`, { a: [3, 4], b: [2, 3, 4] }, ({ a, b }) => f(a, shifted(b))),
    row(`${name}, both ways at once`, { a: [2, 1, 4], b: [3, 1] }, ({ a, b }) => f(a, shifted(b))),
    row(`${name}, b a column`, { a: [2, 3], b: [2, 1] }, ({ a, b }) => f(a, shifted(b))),
    row(`${name} with a number`, { a: [2, 3] }, ({ a }) => [f(a, 1.5), f(2, shifted(a))]),
    row(`${name}, b one number`, { a: [2, 3], b: [] }, ({ a, b }) => [f(a, shifted(b)), tanh(b)]),
    row(`${name}, a and b of one shape`, { a: [2, 3], b: [2, 3] }, ({ a, b }) => [
      f(a, shifted(b)),
      tanh(b),
      tanh(a),
    ]),
  ]),
  row('mul', { a: [2, 3], b: [2, 3] }, ({ a, b }) => mul(a, b)),
  row('mul, b over the leading axes', { a: [2, 3, 4], b: [4] }, ({ a, b }) => mul(a, b)),
  row('mul, b one number', { a: [2, 3], b: [1] }, ({ a, b }) => mul(a, b)),
  row('mul, a square', { a: [2, 3] }, ({ a }) => mul(a, a)),
  row('scale', { x: [5] }, ({ x }) => scale(x, -1.5)),
  row('tanh', { x: [2, 3] }, ({ x }) => tanh(x)),
  row('sigmoid', { x: [2, 3] }, ({ x }) => sigmoid(x)),
  row('relu', { x: [2, 5] }, ({ x }) => relu(x)),
  row('silu', { x: [2, 5] }, ({ x }) => [silu(x), tanh(x)]),
  row('exp', { x: [2, 3] }, ({ x }) => exp(x)),
  row('log', { x: [2, 3] }, ({ x }) => log(shifted(x))),
  row('sqrt', { x: [2, 3] }, ({ x }) => sqrt(shifted(x))),
  row('abs', { x: [2, 5] }, ({ x }) => abs(x)),
  row('square', { x: [2, 3] }, ({ x }) => [square(x), tanh(x)]),
  row('neg', { x: [2, 3] }, ({ x }) => neg(x)),
  row('softplus', { x: [2, 3] }, ({ x }) => softplus(x)),
  row('lgamma', { x: [2, 3] }, ({ x }) => lgamma(shifted(x))),
  row('studentTNll', { df: [2, 3], loc: [2, 3], s: [2, 3], y: [2, 3] }, ({ df, loc, s, y }) =>
    studentTNll({ df: shifted(df), loc, scale: shifted(s) }, y),
  ),
  row('negativeBinomialNll', { mean: [2, 3], r: [2, 3] }, ({ mean, r }, tape) =>
    negativeBinomialNll({ mean: shifted(mean), totalCount: shifted(r) }, tape.constant([0, 1, 2, 5, 9, 30], [2, 3])),
  ),
  row('clamp', { x: [2, 7] }, ({ x }) => [clamp(x, { min: -0.5, max: 0.3 }), clamp(x, { max: 0.1 })]),
  row('a tensor used three times', { x: [2, 3] }, ({ x }) => [add(tanh(x), mul(x, x)), sigmoid(x)]),

  row('linear', { x: [2, 3, 4], w: [5, 4], b: [5] }, ({ x, w, b }) => linear(x, w, b)),
  row('linear without a bias', { x: [3, 4], w: [2, 4] }, ({ x, w }) => linear(x, w)),
  row('linear of a vector', { x: [4], w: [2, 4], b: [2] }, ({ x, w, b }) => linear(x, w, b)),
  row('matmul', { a: [2, 3, 4], b: [4, 5] }, ({ a, b }) => matmul(a, b)),
  row('matmul of batches', { a: [2, 3, 4], b: [2, 4, 5] }, ({ a, b }) => [matmul(a, b), tanh(a), tanh(b)]),
  row('matmul of batches that broadcast', { a: [3, 1, 2, 4], b: [2, 4, 3] }, ({ a, b }) => matmul(a, b)),
  row('matmul, one matrix on the left', { a: [2, 4], b: [3, 4, 2] }, ({ a, b }) => matmul(a, b)),
  row('matmul, a vector on the right', { a: [2, 3, 4], b: [4] }, ({ a, b }) => matmul(a, b)),
  row('tied weights: in and out by one matrix', { x: [2, 4], w: [3, 4] }, ({ x, w }) =>
    matmul(tanh(linear(x, w)), w),
  ),

  row('concat', { a: [2, 3], b: [2, 1], c: [2, 2] }, ({ a, b, c }) => concat([a, b, c], -1)),
  row('concat of one tensor with itself', { a: [2, 2] }, ({ a }) => concat([a, a], -1)),
  row('concat along the first axis', { a: [2, 3], b: [1, 3] }, ({ a, b }) => concat([a, b], 0)),
  row('concat along a middle axis', { a: [2, 1, 2], b: [2, 3, 2] }, ({ a, b }) => concat([a, b], 1)),
  row('stack', { a: [2, 3], b: [2, 3] }, ({ a, b }) => stack([a, b])),
  row('stack along the last axis', { a: [2, 3], b: [2, 3] }, ({ a, b }) => stack([a, b, a], -1)),
  row('slice of a middle axis', { x: [2, 4, 3] }, ({ x }) => slice(x, 1, 3, 1)),
  row('permute', { x: [2, 3, 4] }, ({ x }) => [permute(x, [2, 0, 1]), tanh(x)]),
  row('transpose', { x: [2, 3, 4] }, ({ x }) => transpose(x, 0, -1)),
  row('expand', { x: [3, 1] }, ({ x }) => [expand(x, [2, 3, 4]), tanh(x)]),
  row('slice', { x: [2, 3, 5] }, ({ x }) => slice(x, 1, 4)),
  row('slices that overlap', { x: [2, 5] }, ({ x }) => add(slice(x, 0, 3), slice(x, 2, 5))),
  row('slice beside the whole', { x: [2, 3] }, ({ x }) => [slice(x, 0, 2), tanh(x)]),
  row('the whole beside a slice', { x: [2, 3] }, ({ x }) => [tanh(x), slice(x, 0, 2)]),
  row('rows', { x: [4, 3] }, ({ x }) => tanh(x.rows(1, 3))),
  row('rows that overlap', { x: [4, 3] }, ({ x }) => mul(x.rows(0, 3), x.rows(1, 4))),
  row('a row beside the whole', { x: [3, 2] }, ({ x }) => [tanh(x.row(1)), mul(x, x)]),
  row('a row of a result', { x: [3, 2] }, ({ x }) => mul(tanh(x).row(2), x.row(0))),
  row('reshape', { x: [2, 6], w: [2, 3] }, ({ x, w }) => linear(x.reshape(4, 3), w)),
  row('rows of a reshape of rows', { x: [4, 6] }, ({ x }) => sigmoid(x.rows(1, 3).reshape(3, 4).row(1))),

  row('sum', { x: [2, 3] }, ({ x }) => sum(mul(x, x))),
  row('mean', { x: [2, 3] }, ({ x }) => mean(mul(x, x))),
  ...[0, 1, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2]].flatMap((dim) =>
    [false, true].map((keepdim) =>
      row(`sum over ${String(dim)}${keepdim ? ', kept' : ''}`, { x: [2, 3, 4] }, ({ x }) => [
        sum(x, { dim, keepdim }),
        tanh(x),
      ]),
    ),
  ),
  row('mean over 1', { x: [2, 3, 4] }, ({ x }) => mean(x, { dim: 1 })),
  row('sum over 0, added to another gradient', { x: [3, 2] }, ({ x }) => [sum(x, { dim: 0 }), sum(x, { dim: -1 })]),

  row('softmax', { x: [2, 3, 4] }, ({ x }) => softmax(x)),
  row('softmax over the first axis', { x: [3, 2, 2] }, ({ x }) => softmax(x, 0)),
  row('logSoftmax', { x: [2, 3, 4] }, ({ x }) => [logSoftmax(x), tanh(x)]),
  row('logSoftmax over a middle axis', { x: [2, 3, 2] }, ({ x }) => logSoftmax(x, 1)),
  ...(['mean', 'sum', 'none'] as const).flatMap((reduction) => [
    row(`mseLoss, ${reduction}`, { x: [2, 3], y: [2, 3] }, ({ x, y }) => mseLoss(x, y, { reduction })),
    row(`l1Loss, ${reduction}`, { x: [2, 3], y: [2, 3] }, ({ x, y }) => l1Loss(x, y, { reduction })),
    row(`huberLoss, ${reduction}`, { x: [2, 5], y: [2, 5] }, ({ x, y }) =>
      huberLoss(x, y, { delta: 0.4, reduction }),
    ),
    row(
      `binaryCrossEntropyWithLogits, ${reduction}`,
      { x: [2, 3], y: [2, 3], weight: [3], posWeight: [3] },
      ({ x, y, weight, posWeight }) => [
        binaryCrossEntropyWithLogits(x, sigmoid(y), { reduction }),
        binaryCrossEntropyWithLogits(x, sigmoid(y), { reduction, weight, posWeight }),
      ],
    ),
  ]),
  row('layerNorm', { x: [2, 3, 5], w: [5], b: [5] }, ({ x, w, b }) => layerNorm(x, w, b)),
  row('layerNorm, eps 0.1', { x: [2, 3], w: [3], b: [3] }, ({ x, w, b }) => layerNorm(x, w, b, 0.1)),
  row('dropout with a fixed mask', { x: [4, 5] }, ({ x }) => dropout(x, 0.4, Rng.seeded(3))),
  row('locked dropout with a fixed mask', { x: [4, 2, 3] }, ({ x }) => lockedDropout(x, 0.4, Rng.seeded(3))),
  row('embedding, an id twice, another never', { table: [4, 3] }, ({ table }, tape) =>
    embedding(table, tape.ids(Int32Array.of(2, 0, 2, 1), [2, 2])),
  ),
  row('embedding beside another use of the table', { table: [3, 2] }, ({ table }, tape) => [
    linear(embedding(table, tape.ids(Int32Array.of(1, 1), [2])), table),
    tanh(table),
  ]),

  ...[
    {},
    { labelSmoothing: 0.1 },
    { ignoreIndex: 2 },
    { weight: [0.5, 2, 1, 0] },
    { labelSmoothing: 0.2, ignoreIndex: 1, weight: [1, 0.1, 3, 0.5] },
    { labelSmoothing: 0.2, ignoreIndex: 1, reduction: 'sum' as const },
    { labelSmoothing: 0.2, ignoreIndex: 1, reduction: 'none' as const },
  ].map(({ weight, ...options }) =>
    row(`crossEntropy, ${JSON.stringify({ ...options, weight })}`, { logits: [2, 3, 4] }, ({ logits }, tape) =>
      crossEntropy(logits, tape.ids(Int32Array.of(0, 1, 2, 3, 1, 2), [2, 3]), {
        ...options,
        ...(weight && { weight: tape.constant(weight, [4]) }),
      }),
    ),
  ),

  row('maskTime', { x: [T, B, 2] }, ({ x }) => maskTime(x, lengths)),
  row('maxOverTime', { x: [T, B, 2] }, ({ x }) => maxOverTime(x)),
  row('maxOverTime with lengths', { x: [T, B, 2] }, ({ x }) => maxOverTime(x, lengths)),
  row('meanOverTime', { x: [T, B, 2] }, ({ x }) => meanOverTime(x)),
  row('meanOverTime with lengths', { x: [T, B, 2] }, ({ x }) => [meanOverTime(x, lengths), maxOverTime(x, lengths)]),
  row('conv1d', { x: [T, B, 2], w: [3, 2, 2], b: [3] }, ({ x, w, b }) => conv1d(x, w, b)),
  row('conv1d, stride, padding, lengths', { x: [5, B, 2], w: [2, 2, 3], b: [2] }, ({ x, w, b }) =>
    conv1d(x, w, b, { stride: 2, padding: 2, lengths }),
  ),
  row('conv1d beside another use of x', { x: [T, B, 2], w: [2, 2, 2], b: [2] }, ({ x, w, b }) => [
    tanh(x),
    conv1d(x, w, b, { padding: 1 }),
  ]),
  row('depthwiseConv1d', { x: [5, B, 2], w: [2, 1, 3], b: [2] }, ({ x, w, b }) => depthwiseConv1d(x, w, b)),
  row('depthwiseConv1d beside another use of its inputs', { x: [2, B, 2], w: [2, 1, 2], b: [2] }, ({ x, w, b }) => [
    tanh(x),
    tanh(w),
    depthwiseConv1d(x, w, b),
    depthwiseConv1d(x, w, b),
  ]),

  row('conv2d', { x: [3, 4, 2, 2], w: [3, 2, 2, 3], b: [3] }, ({ x, w, b }) => conv2d(x, w, b)),
  row('conv2d, stride, padding', { x: [4, 3, 2, 1], w: [2, 1, 3, 3], b: [2] }, ({ x, w, b }) =>
    conv2d(x, w, b, { stride: 2, padding: 2 }),
  ),
  row('conv2d beside another use of x, no bias', { x: [2, 2, 1, 2], w: [2, 2, 2, 2] }, ({ x, w }) => [
    tanh(x),
    conv2d(x, w, undefined, { padding: 1 }),
  ]),

  ...[false, true].flatMap((reverse) =>
    [undefined, lengths].flatMap((lengths) => {
      const options = { reverse, lengths };
      const how = `${reverse ? ', reverse' : ''}${lengths ? ', with lengths' : ''}`;
      const H = 2;
      const shapes = (gates: number) => ({
        x: [T, B, gates * H],
        w: [gates * H, H],
        b: [gates * H],
        h0: [B, H],
      });
      const sru = { x: [T, B, 4 * H], w: [2 * H], b: [2 * H], h0: [B, H], c0: [B, H] };
      const slstm = { ...shapes(4), c0: [B, 2 * H] };
      return [
        ...(['tanh', 'relu'] as const).map((kind) =>
          row(`rnnSequence, ${kind}${how}`, shapes(1), ({ x, w, b, h0 }) => {
            const { states, y, last } = rnnSequence(scale(x, 1), w, b, h0, kind, options);
            return [states, y, last];
          }),
        ),
        row(`gruSequence${how}`, shapes(3), ({ x, w, b, h0 }) => {
          const { states, y, last } = gruSequence(scale(x, 1), w, b, h0, options);
          return [states, y, last];
        }),
        row(`minGruSequence${how}`, { x: [T, B, 2 * H], h0: [B, H] }, ({ x, h0 }) => {
          const { states, y, last } = minGruSequence(scale(x, 1), h0, options);
          return [states, y, last];
        }),
        row(`minLstmSequence${how}`, { x: [T, B, 3 * H], h0: [B, H] }, ({ x, h0 }) => {
          const { states, y, last } = minLstmSequence(scale(x, 1), h0, options);
          return [states, y, last];
        }),
        row(`sruSequence${how}`, sru, ({ x, w, b, h0, c0 }) => {
          const { y, last, lastCell } = sruSequence(scale(x, 1), w, b, h0, c0, options);
          return [y, last, lastCell];
        }),
        row(
          `sruSequence, y alone${how}`,
          sru,
          ({ x, w, b, h0, c0 }) => sruSequence(scale(x, 1), w, b, h0, c0, options).y,
        ),
        row(
          `sruSequence, a gradient into every cell${how}`,
          sru,
          ({ x, w, b, h0, c0 }) => sruSequence(scale(x, 1), w, b, h0, c0, options).cells,
        ),
        row(`slstmSequence${how}`, slstm, ({ x, w, b, h0, c0 }) => {
          const { y, last, lastCell } = slstmSequence(scale(x, 1), w, b, h0, c0, options);
          return [y, last, lastCell];
        }),
        row(
          `slstmSequence, y alone${how}`,
          slstm,
          ({ x, w, b, h0, c0 }) => slstmSequence(scale(x, 1), w, b, h0, c0, options).y,
        ),
        row(
          `slstmSequence, a gradient into every cell${how}`,
          slstm,
          ({ x, w, b, h0, c0 }) => slstmSequence(scale(x, 1), w, b, h0, c0, options).cells,
        ),
        row(`lstmSequence${how}`, { ...shapes(4), c0: [B, H] }, ({ x, w, b, h0, c0 }) => {
          const { y, last, lastCell } = lstmSequence(scale(x, 1), w, b, h0, c0, options);
          return [y, last, lastCell];
        }),
        row(
          `lstmSequence, y alone${how}`,
          { ...shapes(4), c0: [B, H] },
          ({ x, w, b, h0, c0 }) => lstmSequence(scale(x, 1), w, b, h0, c0, options).y,
        ),
        row(
          `lstmSequence, a gradient into every cell${how}`,
          { ...shapes(4), c0: [B, H] },
          ({ x, w, b, h0, c0 }) => lstmSequence(scale(x, 1), w, b, h0, c0, options).cells,
        ),
      ];
    }),
  ),
];

describe('every gradient is that of central differences', () => {
  test.each(cases)('%s', (_, inputs, forward) => {
    checkGradients({ inputs, forward });
  });
});

describe('an input of another backend is refused', () => {
  const [here, there] = [createReferenceBackend(), createReferenceBackend()];

  test.each(cases)('%s', (_, inputs, forward) => {
    using elsewhere = new Tape(there);
    for (const foreign of Object.keys(inputs)) {
      using tape = new Tape(here);
      const given = Object.entries(inputs).map(([name, shape]) => {
        const owner = name === foreign ? elsewhere : tape;
        return [name, owner.constant(new Float32Array(sizeOf(shape)), shape)] as const;
      });
      expect(() => forward(Object.fromEntries(given), tape), foreign).toThrow("must be on the tape's backend, got");
    }
  });
});
