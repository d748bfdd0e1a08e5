import { describe, test } from 'vitest';
import { Rng } from '../rng.ts';
import type { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients } from '../testing/gradient-check.ts';
import { concat, slice } from './concat.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dropout, lockedDropout } from './dropout.ts';
import { add, mul, relu, scale, sigmoid, tanh } from './elementwise.ts';
import { embedding } from './embedding.ts';
import { layerNorm } from './layer-norm.ts';
import { linear, matmul } from './linear.ts';
import { gruSequence, lstmSequence, rnnSequence } from './recurrent.ts';
import { mean, sum, sumFirst, sumLast } from './reduce.ts';
import { softmax } from './softmax.ts';
import { conv1d, maskTime, maxOverTime, meanOverTime } from './time.ts';

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

const cases: readonly Case[] = [
  row('add', { a: [2, 3], b: [2, 3] }, ({ a, b }) => add(a, b)),
  row('add, b over the leading axes', { a: [2, 3, 4], b: [3, 4] }, ({ a, b }) => add(a, b)),
  row('add, b one number', { a: [2, 3], b: [] }, ({ a, b }) => add(a, b)),
  row('add, b with axes of length 1 in front', { a: [2, 3], b: [1, 1, 3] }, ({ a, b }) => add(a, b)),
  row('add, a tensor to itself', { a: [2, 3] }, ({ a }) => add(a, a)),
  row('mul', { a: [2, 3], b: [2, 3] }, ({ a, b }) => mul(a, b)),
  row('mul, b over the leading axes', { a: [2, 3, 4], b: [4] }, ({ a, b }) => mul(a, b)),
  row('mul, b one number', { a: [2, 3], b: [1] }, ({ a, b }) => mul(a, b)),
  row('mul, a square', { a: [2, 3] }, ({ a }) => mul(a, a)),
  row('scale', { x: [5] }, ({ x }) => scale(x, -1.5)),
  row('tanh', { x: [2, 3] }, ({ x }) => tanh(x)),
  row('sigmoid', { x: [2, 3] }, ({ x }) => sigmoid(x)),
  row('relu', { x: [2, 5] }, ({ x }) => relu(x)),
  row('a tensor used three times', { x: [2, 3] }, ({ x }) => [add(tanh(x), mul(x, x)), sigmoid(x)]),

  row('linear', { x: [2, 3, 4], w: [5, 4], b: [5] }, ({ x, w, b }) => linear(x, w, b)),
  row('linear without a bias', { x: [3, 4], w: [2, 4] }, ({ x, w }) => linear(x, w)),
  row('linear of a vector', { x: [4], w: [2, 4], b: [2] }, ({ x, w, b }) => linear(x, w, b)),
  row('matmul', { a: [2, 3, 4], b: [4, 5] }, ({ a, b }) => matmul(a, b)),
  row('tied weights: in and out by one matrix', { x: [2, 4], w: [3, 4] }, ({ x, w }) =>
    matmul(tanh(linear(x, w)), w),
  ),

  row('concat', { a: [2, 3], b: [2, 1], c: [2, 2] }, ({ a, b, c }) => concat([a, b, c])),
  row('concat of one tensor with itself', { a: [2, 2] }, ({ a }) => concat([a, a])),
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
  row('sumLast', { x: [2, 3, 4] }, ({ x }) => sumLast(x)),
  row('sumFirst', { x: [3, 2, 2] }, ({ x }) => sumFirst(x)),
  row('sumFirst, added to another gradient', { x: [3, 2] }, ({ x }) => [sumFirst(x), sumLast(x)]),

  row('softmax', { x: [2, 3, 4] }, ({ x }) => softmax(x)),
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
