import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../reference/backend.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose } from '../testing/close.ts';
import { cosines } from '../testing/cosines.ts';
import { soil } from '../testing/gradient-check.ts';
import { stack } from './concat.ts';
import { conv2d } from './conv2d.ts';
import { type CrossEntropyOptions, crossEntropy } from './cross-entropy.ts';
import { abs, add, clamp, div, exp, log, mul, sigmoid, silu, softplus, sqrt, square, sub } from './elementwise.ts';
import { embedding } from './embedding.ts';
import { layerNorm } from './layer-norm.ts';
import { lgamma, negativeBinomialNll, studentTNll } from './likelihood.ts';
import { linear, matmul } from './linear.ts';
import { binaryCrossEntropyWithLogits, huberLoss, l1Loss, mseLoss } from './loss.ts';
import { permute } from './permute.ts';
import { argmax, mean, sum } from './reduce.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { conv1d, depthwiseConv1d } from './time.ts';

// The cases and their numbers are those of golden/layers.py.
const TARGETS = Int32Array.of(0, 1, 2, 3, 1, 2);
const WEIGHTS = [0.5, 2, 1, 0.25];
const COUNTS = Float64Array.from({ length: 12 }, (_, k) => k * k);
const ALL_AT_ONCE = { ignoreIndex: 1, labelSmoothing: 0.2 };

const golden = JSON.parse(readFileSync(new URL('../../golden/layers.json', import.meta.url), 'utf8')) as Record<
  string,
  { shapes: number[][]; y: number[]; gradients: number[][] }
>;

const targets = () => Tape.current.ids(TARGETS, [TARGETS.length]);
const weight = () => Tape.current.constant(WEIGHTS, [WEIGHTS.length]);
const loss = (logits: Tensor, options: CrossEntropyOptions = {}) => crossEntropy(logits, targets(), options);

const OURS: Record<string, (...inputs: [Tensor, Tensor, Tensor, Tensor]) => Tensor> = {
  linear: (x, w, b) => linear(x, w, b),
  matmul: (a, b) => matmul(a, b),
  layerNorm: (x, weight, bias) => layerNorm(x, weight, bias),
  'matmul batched': (a, b) => matmul(a, b),
  'div broadcast': (a, b) => div(a, add(b, 2)),
  'sub broadcast': (a, b) => sub(a, b),
  'sum over axes': (x) => sum(x, { dim: [0, 2], keepdim: true }),
  'mean over an axis': (x) => mean(x, { dim: 1 }),
  permute: (x) => permute(x, [2, 0, 1]),
  stack: (a, b) => stack([a, b], -1),
  log: (x) => log(add(x, 2)),
  exp: (x) => exp(x),
  sqrt: (x) => sqrt(add(x, 2)),
  abs: (x) => abs(x),
  square: (x) => square(x),
  clamp: (x) => clamp(x, { min: -0.5, max: 0.3 }),
  silu: (x) => silu(x),
  softplus: (x) => softplus(x),
  lgamma: (x) => lgamma(add(x, 3.6)),
  'lgamma, large': (x) => lgamma(add(mul(x, 1000), 1500)),
  studentTNll: (df, loc, scale, y) => studentTNll({ df: add(df, 2), loc, scale: add(scale, 1.5) }, y),
  negativeBinomialNll: (mean, r) =>
    negativeBinomialNll({ mean: add(mean, 2), totalCount: add(r, 2) }, Tape.current.constant(COUNTS, [3, 4])),
  mseLoss: (x, y) => mseLoss(x, y),
  l1Loss: (x, y) => l1Loss(x, y, { reduction: 'sum' }),
  huberLoss: (x, y) => huberLoss(x, y, { delta: 0.4, reduction: 'none' }),
  binaryCrossEntropyWithLogits: (x, y) =>
    binaryCrossEntropyWithLogits(x, sigmoid(y), { weight: weight(), posWeight: add(weight(), 1) }),
  logSoftmax: (x) => logSoftmax(x, 1),
  softmax: (x) => softmax(x),
  embedding: (table) => embedding(table, targets()),
  conv1d: (x, w, b) => conv1d(x, w, b),
  'conv1d strided': (x, w, b) => conv1d(x, w, b, { stride: 2, padding: 2 }),
  depthwiseConv1d: (x, w, b) => depthwiseConv1d(x, w, b),
  conv2d: (x, w, b) => conv2d(x, w, b),
  'conv2d strided': (x, w, b) => conv2d(x, w, b, { stride: 2, padding: 2 }),
  crossEntropy: (x) => loss(x),
  'crossEntropy smoothed': (x) => loss(x, { labelSmoothing: 0.1 }),
  'crossEntropy ignoring': (x) => loss(x, { ignoreIndex: 2 }),
  'crossEntropy weighted': (x) => loss(x, { weight: weight() }),
  'crossEntropy weighted, ignoring': (x) => loss(x, { weight: weight(), ignoreIndex: 1 }),
  'crossEntropy, sum': (x) => loss(x, { ...ALL_AT_ONCE, weight: weight(), reduction: 'sum' }),
  'crossEntropy, none': (x) => loss(x, { ...ALL_AT_ONCE, weight: weight(), reduction: 'none' }),
  'crossEntropy all at once': (x) => loss(x, { ...ALL_AT_ONCE, weight: weight() }),
};

test('argmax equals NumPy, over an axis and over all', () => {
  using tape = new Tape(createReferenceBackend());
  const x = tape.constant([3, 1, 7, 7, 0, Number.NaN, 2, 9, 2, 2, 5, 5], [2, 3, 2]);
  expect([...argmax(x).values]).toEqual([5]);
  expect(argmax(x).shape).toEqual([]);
  expect([...argmax(x, { dim: 1 }).values]).toEqual([1, 2, 2, 0]);
  expect(argmax(x, { dim: 1, keepdim: true }).shape).toEqual([2, 1, 2]);
  expect([...argmax(x, { dim: -1 }).values]).toEqual([0, 0, 1, 1, 0, 0]);
});

test('every golden case is run, and every case is golden', () => {
  expect(Object.keys(OURS).toSorted()).toEqual(Object.keys(golden).toSorted());
});

describe.each([
  ['float32', { absolute: 1e-6, relative: 1e-5 }],
  ['float64', { absolute: 1e-9, relative: 1e-9 }],
] as const)('in %s', (precision, tolerance) => {
  test.each(Object.entries(golden))(
    '%s: equals PyTorch, value and gradients',
    (name, { shapes, y: wanted, gradients }) => {
      const backend = createReferenceBackend({ precision });
      soil(backend);
      using tape = new Tape(backend);
      const inputs = shapes.map((shape, k) => tape.constant(cosines(shape, k + 1), shape, { needsGrad: true }));
      const y = OURS[name]!(...(inputs as [Tensor, Tensor, Tensor, Tensor]));
      expectClose('y', y.toArray(), wanted, tolerance);
      tape.grad(sum(mul(y, tape.constant(cosines(y.shape, 9), y.shape))));
      for (const [k, gradient] of gradients.entries())
        expectClose(`gradient ${k}`, tape.gradient(inputs[k]!)!.toArray(), gradient, tolerance);
    },
  );
});
