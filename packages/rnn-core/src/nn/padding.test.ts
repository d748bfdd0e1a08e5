import { describe, expect, test } from 'vitest';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { add, mul } from '../ops/elementwise.ts';
import { mean } from '../ops/reduce.ts';
import { maxOverTime, meanOverTime } from '../ops/time.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { cosines } from '../testing/cosines.ts';
import { Gru, Lstm, MinGru, MinLstm, Rnn, Slstm, Sru } from './cells.ts';
import { Conv1d } from './conv1d.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { Parameters } from './parameters.ts';
import type { Recurrent, RecurrentConfig } from './recurrent.ts';

const [B, I, H, V] = [3, 2, 3, 4];
const LONGEST = 5;
const lengths = Int32Array.of(LONGEST, 0, 3);

class Model extends Module {
  readonly conv = new Conv1d({ inChannels: I, outChannels: I, kernelSize: 3, padding: 1 });
  readonly rnn: Recurrent;
  readonly head: Linear;

  constructor(rnn: Recurrent) {
    super();
    this.rnn = rnn;
    const { hiddenSize, bidirectional } = rnn.config;
    this.head = new Linear({ inFeatures: hiddenSize * (bidirectional ? 2 : 1), outFeatures: V });
  }
}

/** Everything one batch leads to, padded to T steps, the padding full of NaN. */
function run(rnn: Recurrent, T: number): Record<string, number[]> {
  const backend = createReferenceBackend();
  const model = new Model(rnn);
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  using tape = new Tape(backend);
  const isReal = (k: number, width: number): boolean =>
    Math.floor(k / (B * width)) < lengths[Math.floor(k / width) % B]!;
  const x = tape.constant(
    cosines([T, B, I], 1).map((value, k) => (isReal(k, I) ? value : Number.NaN)),
    [T, B, I],
    { needsGrad: true },
  );
  const { y, state } = model.rnn.forward(model.conv.forward(x, lengths), { lengths });
  const tags = tape.ids(
    Int32Array.from({ length: T * B }, (_, k) => (isReal(k, 1) ? k % V : -1)),
    [T, B],
  );
  const last = state.flatMap(({ h, c }) => (c ? [h, c] : [h]));
  const parts: Tensor[] = [...last, maxOverTime(y, lengths), meanOverTime(y, lengths)];
  const loss = parts
    .map((part) => mean(mul(part, part)))
    .reduce((a, b) => add(a, b), crossEntropy(model.head.forward(y), tags, { ignoreIndex: -1 }));
  tape.grad(loss, parameters);

  const real = (values: ArrayLike<number>, width: number) => Array.from(values).filter((_, k) => isReal(k, width));
  const beyond = (values: ArrayLike<number>, width: number) => Array.from(values).filter((_, k) => !isReal(k, width));
  const width = y.shape[2]!;
  const dx = tape.gradient(x)!.toArray();
  expect(new Set(beyond(y.toArray(), width))).toEqual(new Set([0]));
  expect(new Set(beyond(dx, I).map(Math.abs))).toEqual(new Set([0]));
  return {
    loss: [loss.item()],
    y: real(y.toArray(), width),
    dx: real(dx, I),
    ...Object.fromEntries(last.map((h, k) => [`last ${k}`, [...h.toArray()]])),
    ...Object.fromEntries(Array.from(parameters, ([name, p]) => [`d${name}`, [...parameters.gradient(p).toArray()]])),
  };
}

describe.each<[string, (config: RecurrentConfig) => Recurrent]>([
  ['Rnn', (config) => new Rnn(config)],
  ['Rnn, relu', (config) => new Rnn({ ...config, nonlinearity: 'relu' })],
  ['Gru', (config) => new Gru(config)],
  ['Lstm', (config) => new Lstm(config)],
  ['Slstm', (config) => new Slstm(config)],
  ['MinGru', (config) => new MinGru(config)],
  ['MinLstm', (config) => new MinLstm(config)],
  ['Sru', (config) => new Sru(config)],
])('%s: padding changes nothing, bit by bit, whatever it holds', (_, create) => {
  const layouts = [1, 2].flatMap((numLayers) => [false, true].map((bidirectional) => ({ numLayers, bidirectional })));
  test.each(layouts)('%o', (layout) => {
    const make = () => create({ inputSize: I, hiddenSize: H, ...layout });
    const tight = run(make(), LONGEST);
    expect(Object.values(tight).flat().every(Number.isFinite)).toBe(true);
    expect(run(make(), LONGEST + 4)).toEqual(tight);
  });
});
