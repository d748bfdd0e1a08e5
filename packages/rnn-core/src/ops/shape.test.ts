import { expect, test } from 'vitest';
import { Attention } from '../nn/attention.ts';
import { CausalConv1d } from '../nn/causal-conv1d.ts';
import { Gru, Lstm, Rnn } from '../nn/cells.ts';
import { Conv1d } from '../nn/conv1d.ts';
import { Conv2d } from '../nn/conv2d.ts';
import { Dropout } from '../nn/dropout.ts';
import { Embedding } from '../nn/embedding.ts';
import { LayerNorm } from '../nn/layer-norm.ts';
import { Linear } from '../nn/linear.ts';
import { Parameters } from '../nn/parameters.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { chunk, concat, slice, stack } from './concat.ts';
import { conv2d } from './conv2d.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dropout } from './dropout.ts';
import { add, clamp, mul } from './elementwise.ts';
import { embedding } from './embedding.ts';
import { layerNorm } from './layer-norm.ts';
import { linear, matmul } from './linear.ts';
import { minGruSequence, minLstmSequence } from './linear-recurrence.ts';
import { binaryCrossEntropyWithLogits, huberLoss, mseLoss } from './loss.ts';
import { expand, permute, transpose } from './permute.ts';
import { gruSequence, lstmSequence, rnnSequence, slstmSequence } from './recurrent.ts';
import { argmax, mean, sum } from './reduce.ts';
import { sruSequence } from './sru.ts';
import { conv1d, depthwiseConv1d, maskTime, maxOverTime, meanOverTime } from './time.ts';

const backend = createReferenceBackend();

/** Zeros of a shape. */
const x = (...shape: number[]): Tensor => Tape.current.constant(new Float64Array(sizeOf(shape)), shape);
const ids = (...values: number[]) => Tape.current.ids(Int32Array.from(values), [values.length]);
const lstm = (config: Partial<ConstructorParameters<typeof Lstm>[0]> = {}): Lstm => {
  const model = new Lstm({ inputSize: 2, hiddenSize: 3, ...config });
  Parameters.create(model, backend, Rng.seeded(1));
  return model;
};

test.each<[string, () => unknown]>([
  ['add: shapes must broadcast, got [2, 3] and [2]', () => add(x(2, 3), x(2))],
  ['mul: shapes must broadcast, got [2, 3] and [4, 3]', () => mul(x(2, 3), x(4, 3))],
  ['clamp: min must be at most max, got 1 and 0', () => clamp(x(3), { min: 1, max: 0 })],
  ['matmul: the last axes of b must be [K=4, N], got [3, 5]', () => matmul(x(7, 2, 4), x(7, 3, 5))],
  ['matmul: shapes must broadcast, got [7] and [6]', () => matmul(x(7, 2, 4), x(6, 4, 5))],
  ['permute: dims must name every axis of [2, 3] once, got [0, 0]', () => permute(x(2, 3), [0, 0])],
  ['transpose: dim must be an axis of [2, 3], got 2', () => transpose(x(2, 3), 0, 2)],
  ['expand: x must broadcast to [3], got [2, 3]', () => expand(x(2, 3), [3])],
  ['mean: dim must be an axis of [2, 3], got -3', () => mean(x(2, 3), { dim: -3 })],
  ['argmax: dim must be an axis of [2, 3], got 5', () => argmax(x(2, 3), { dim: 5 })],
  ['mseLoss: target must be [2, 3], got [3]', () => mseLoss(x(2, 3), x(3))],
  ['huberLoss: delta must be above 0, got 0', () => huberLoss(x(3), x(3), { delta: 0 })],
  ['binaryCrossEntropyWithLogits: target must be [2], got [1]', () => binaryCrossEntropyWithLogits(x(2), x(1))],
  ['stack: tensors must be [2], got [3]', () => stack([x(2), x(3)])],
  ['stack: tensors must be at least one, got none', () => stack([])],
  ['linear: x must be [..., 4], got [2, 3]', () => linear(x(2, 3), x(5, 4))],
  ['linear: weight must be [O, I], got [4]', () => linear(x(2, 4), x(4))],
  ['linear: bias must be [O=5], got [4]', () => linear(x(2, 4), x(5, 4), x(4))],
  ['matmul: a must be [..., 3], got [2, 4]', () => matmul(x(2, 4), x(3, 5))],
  ['concat: tensors must be at least one, got none', () => concat([], 0)],
  ['concat: tensors must be [2, N], got [3, 4]', () => concat([x(2, 4), x(3, 4)], -1)],
  ['slice: range must lie in [0, 3], got [1, 4]', () => slice(x(2, 3), 1, 4)],
  ['slice: range must lie in [0, 3], got [2, 1]', () => slice(x(2, 3), 2, 1)],
  ['sum: dim must be an axis of [], got -1', () => sum(x(), { dim: -1 })],
  ['layerNorm: weight must be [N=3], got [2]', () => layerNorm(x(2, 3), x(2), x(3))],
  ['layerNorm: bias must be [N=3], got [3, 1]', () => layerNorm(x(2, 3), x(3), x(3, 1))],
  ['embedding: table must be [V, D], got [3]', () => embedding(x(3), ids(0))],
  ['embedding: id must be in [0, 3), got 3 at 1', () => embedding(x(3, 2), ids(0, 3))],
  ['embedding: id must be in [0, 3), got -1 at 0', () => embedding(x(3, 2), ids(-1))],
  ['crossEntropy: targets must be [rows=2], got [3]', () => crossEntropy(x(2, 4), ids(0, 1, 2))],
  ['crossEntropy: weight must be [V=4], got [3]', () => crossEntropy(x(1, 4), ids(0), { weight: x(3) })],
  [
    'crossEntropy: labelSmoothing must be in [0, 1], got 1.5',
    () => crossEntropy(x(1, 4), ids(0), { labelSmoothing: 1.5 }),
  ],
  ['crossEntropy: target must be in [0, 4), got 4 in row 1', () => crossEntropy(x(2, 4), ids(0, 4))],
  ['crossEntropy: at least one target must count', () => crossEntropy(x(2, 4), ids(-100, -100))],
  ['dropout: p must be in [0, 1), got 1', () => dropout(x(2), 1, undefined)],
  ['Dropout: p must be in [0, 1), got -0.1', () => new Dropout({ p: -0.1 })],
  ['maskTime: lengths must be 2, got 1', () => maskTime(x(3, 2, 1), Int32Array.of(1))],
  ['maxOverTime: each length must be in [0, 3], got 4', () => maxOverTime(x(3, 1, 1), Int32Array.of(4))],
  ['meanOverTime: each length must be in [0, 3], got -1', () => meanOverTime(x(3, 1, 1), Int32Array.of(-1))],
  ['maxOverTime: x must be [T, B, D], got [3, 1]', () => maxOverTime(x(3, 1))],
  ['conv1d: weight must be [O, C=2, K], got [1, 3, 1]', () => conv1d(x(3, 1, 2), x(1, 3, 1), x(1))],
  ['conv1d: kernel must fit into 3 steps with padding 0, got 4', () => conv1d(x(3, 1, 1), x(1, 1, 4), x(1))],
  ['conv1d: stride must be at least 1, got 0', () => conv1d(x(3, 1, 1), x(1, 1, 1), x(1), { stride: 0 })],
  ['conv1d: padding must be at least 0, got -1', () => conv1d(x(3, 1, 1), x(1, 1, 1), x(1), { padding: -1 })],
  [
    'depthwiseConv1d: weight must be [C=2, G=1, K], got [2, 2, 1]',
    () => depthwiseConv1d(x(3, 1, 2), x(2, 2, 1), x(2)),
  ],
  ['depthwiseConv1d: kernel must fit into 3 steps, got 4', () => depthwiseConv1d(x(3, 1, 1), x(1, 1, 4), x(1))],
  [
    'CausalConv1d: channels must be a positive whole number, got 0',
    () => new CausalConv1d({ channels: 0, kernelSize: 4 }),
  ],
  [
    'Conv1d: kernelSize must be a positive whole number, got 0',
    () => new Conv1d({ inChannels: 1, outChannels: 1, kernelSize: 0 }),
  ],
  ['conv2d: x must be [H, W, B, C], got [3, 1, 2]', () => conv2d(x(3, 1, 2), x(1, 2, 1, 1))],
  ['conv2d: weight must be [O, C=2, K, L], got [1, 3, 1, 1]', () => conv2d(x(3, 3, 1, 2), x(1, 3, 1, 1))],
  ['conv2d: kernel must fit into 3×2 with padding 0, got 1×3', () => conv2d(x(3, 2, 1, 1), x(1, 1, 1, 3))],
  ['conv2d: stride must be at least 1, got 0', () => conv2d(x(3, 3, 1, 1), x(1, 1, 1, 1), x(1), { stride: 0 })],
  ['conv2d: padding must be at least 0, got -1', () => conv2d(x(3, 3, 1, 1), x(1, 1, 1, 1), x(1), { padding: -1 })],
  [
    'Conv2d: inChannels must be a positive whole number, got 1.5',
    () => new Conv2d({ inChannels: 1.5, outChannels: 1, kernelSize: 1 }),
  ],
  [
    'rnnSequence: weightHh must be [G=2, H], got [3, 2]',
    () => rnnSequence(x(1, 1, 2), x(3, 2), x(2), x(1, 2), 'tanh'),
  ],
  ['chunk: axis must divide into 2 parts, got 5', () => chunk(x(1, 5), 2)],
  ['gruSequence: xg must be [T, B, G=6], got [1, 1, 5]', () => gruSequence(x(1, 1, 5), x(6, 2), x(6), x(1, 2))],
  ['mingruSequence: xg must be [T, B=1, G=4], got [1, 1, 5]', () => minGruSequence(x(1, 1, 5), x(1, 2))],
  ['minlstmSequence: xg must be [T, B=1, G=6], got [1, 2, 6]', () => minLstmSequence(x(1, 2, 6), x(1, 2))],
  [
    'slstmSequence: c0 must be [B=3, C=4], got [3, 2]',
    () => slstmSequence(x(1, 3, 8), x(8, 2), x(8), x(3, 2), x(3, 2)),
  ],
  ['sruSequence: weightHh must be [G=4], got [2]', () => sruSequence(x(1, 1, 8), x(2), undefined, x(1, 2), x(1, 2))],
  ['gruSequence: biasHh must be [G=6], got [2]', () => gruSequence(x(1, 1, 6), x(6, 2), x(2), x(1, 2))],
  [
    'lstmSequence: h0 must be [B=3, H=1], got [2, 1]',
    () => lstmSequence(x(1, 3, 4), x(4, 1), x(4), x(2, 1), x(3, 1)),
  ],
  [
    'lstmSequence: c0 must be [B=3, H=1], got [3, 2]',
    () => lstmSequence(x(1, 3, 4), x(4, 1), x(4), x(3, 1), x(3, 2)),
  ],
  [
    'Linear: inFeatures must be a positive whole number, got -1',
    () => new Linear({ inFeatures: -1, outFeatures: 2 }),
  ],
  [
    'Embedding: numEmbeddings must be a positive whole number, got 0',
    () => new Embedding({ numEmbeddings: 0, embeddingDim: 2 }),
  ],
  [
    'LayerNorm: normalizedShape must be a positive whole number, got NaN',
    () => new LayerNorm({ normalizedShape: NaN }),
  ],
  [
    'Attention: memorySize must be a positive whole number, got Infinity',
    () => new Attention({ querySize: 1, memorySize: Infinity, score: 'dot' }),
  ],
  ['Rnn: hiddenSize must be a positive whole number, got 0', () => new Rnn({ inputSize: 1, hiddenSize: 0 })],
  [
    'Gru: numLayers must be a positive whole number, got 1.5',
    () => new Gru({ inputSize: 1, hiddenSize: 1, numLayers: 1.5 }),
  ],
  ['Lstm: dropout must be in [0, 1), got 1', () => new Lstm({ inputSize: 1, hiddenSize: 1, dropout: 1 })],
  ['Lstm.forward: x must be [T, B, I=2], got [4, 1, 3]', () => lstm().forward(x(4, 1, 3))],
  [
    'Lstm.forward: state must have 4 entries, got 1',
    () => lstm({ numLayers: 2, bidirectional: true }).forward(x(4, 1, 2), { state: [{ h: x(1, 3), c: x(1, 3) }] }),
  ],
  [
    'Lstm.forward: state must have a cell c beside h, got h alone',
    () => lstm().forward(x(4, 1, 2), { state: [{ h: x(1, 3) }] }),
  ],
])('%s', (message, act) => {
  using _tape = new Tape(backend);
  expect(act).toThrow(message);
});
