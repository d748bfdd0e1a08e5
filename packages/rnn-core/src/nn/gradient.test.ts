import { describe, test } from 'vitest';
import { concat } from '../ops/concat.ts';
import { tanh } from '../ops/elementwise.ts';
import { linear } from '../ops/linear.ts';
import { Rng } from '../rng.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGradients, type GradientCheck } from '../testing/gradient-check.ts';
import { Gru, Lstm, MinGru, MinLstm, Rnn, Slstm, Sru } from './cells.ts';
import { Conv1d } from './conv1d.ts';
import { Conv2d } from './conv2d.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { normal } from './initializers.ts';
import { LayerNorm } from './layer-norm.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { LayerState, Recurrent, RecurrentConfig, State } from './recurrent.ts';

const [T, B, I, H, V] = [3, 2, 2, 2, 5];
const ids = Int32Array.of(1, 3, 0, 1, 1, 4);
const lengths = Int32Array.of(3, 1);

const cells: readonly (readonly [string, (config: RecurrentConfig) => Recurrent])[] = [
  ['Rnn, tanh', (config) => new Rnn(config)],
  ['Rnn, relu', (config) => new Rnn({ ...config, nonlinearity: 'relu' })],
  ['Gru', (config) => new Gru(config)],
  ['Lstm', (config) => new Lstm(config)],
  ['Slstm', (config) => new Slstm(config)],
  ['MinGru', (config) => new MinGru({ ...config, weightDropout: 0 })],
  ['MinLstm', (config) => new MinLstm({ ...config, weightDropout: 0 })],
  ['Sru', (config) => new Sru({ ...config, weightDropout: 0 })],
  ['Sru, a projected highway', (config) => new Sru({ ...config, hiddenSize: H + 1, weightDropout: 0 })],
];

const stateTensors = (state: State): Tensor[] => state.flatMap(({ h, c }) => (c ? [h, c] : [h]));

/** A table of ids, and what is made of the rows looked up. */
class Tagger extends Module {
  readonly table: Embedding;
  readonly rnn: Recurrent;

  constructor(table: Embedding, rnn: Recurrent) {
    super();
    this.table = table;
    this.rnn = rnn;
  }
}

describe.each(cells)('%s: every gradient is that of central differences', (_, create) => {
  const layouts = [1, 2].flatMap((numLayers) => [false, true].map((bidirectional) => ({ numLayers, bidirectional })));

  test.each(layouts)('%o', ({ numLayers, bidirectional }) => {
    const model = create({ inputSize: I, hiddenSize: H, numLayers, bidirectional });
    checkGradients({
      inputs: { x: [T, B, I] },
      model,
      forward: ({ x }) => {
        const { y, state } = model.forward(x);
        return [y, ...stateTensors(state)];
      },
    });
  });

  test.each(layouts)(
    '%o, a given state, lengths, dropout between layers and of weights',
    ({ numLayers, bidirectional }) => {
      const model = create({
        inputSize: I,
        hiddenSize: H,
        numLayers,
        bidirectional,
        dropout: 0.3,
        weightDropout: 0.3,
      });
      const count = numLayers * (bidirectional ? 2 : 1);
      const hidden = model.config.hiddenSize;
      checkGradients({
        inputs: { x: [T, B, I], h: [count, B, hidden], c: [count, B, model.cellSize || hidden] },
        model,
        forward: ({ x, h, c }) => {
          const hasCells = model.cellSize > 0;
          const given = Array.from(
            { length: count },
            (_, k): LayerState => (hasCells ? { h: h.row(k), c: c.row(k) } : { h: h.row(k) }),
          );
          const { y, state } = model.forward(x, { state: given, lengths, rng: Rng.seeded(5) });
          return [y, ...stateTensors(state)];
        },
      });
    },
  );

  test.each([
    ['a table smaller than the sequence', { numEmbeddings: V, embeddingDim: I }],
    ['a table larger than the sequence', { numEmbeddings: V + T * B, embeddingDim: I }],
    ['a sparse table', { numEmbeddings: V, embeddingDim: I, sparse: true }],
    ['a frozen table', { numEmbeddings: V, embeddingDim: I, freeze: true }],
  ] as const)('ids looked up in %s', (_, config) => {
    const model = new Tagger(
      new Embedding({ ...config, initializer: normal(1) }),
      create({ inputSize: I, hiddenSize: H, bidirectional: true }),
    );
    checkGradients({
      model,
      forward: (_, tape) => model.rnn.forward(model.table.forward(tape.ids(ids, [T, B])), { lengths }).y,
    });
  });
});

test.each<[string, GradientCheck<'x'> & { model: Module }]>(
  (
    [
      ['Linear', new Linear({ inFeatures: 3, outFeatures: 2 }), [2, 3]],
      ['Linear without bias', new Linear({ inFeatures: 3, outFeatures: 2, bias: false }), [2, 3]],
      ['Conv1d without bias', new Conv1d({ inChannels: 2, outChannels: 2, kernelSize: 2, bias: false }), [3, 2, 2]],
      ['LayerNorm', new LayerNorm({ normalizedShape: 4 }), [2, 3, 4]],
      ['Dropout', new Dropout({ p: 0.5 }), [3, 4]],
      ['Dropout, locked', new Dropout({ p: 0.5, locked: true }), [3, 2, 2]],
      ['Conv1d', new Conv1d({ inChannels: 2, outChannels: 3, kernelSize: 2, stride: 2, padding: 1 }), [4, 2, 2]],
      ['Conv2d', new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: 2, stride: 2, padding: 1 }), [3, 4, 2, 2]],
    ] as const
  ).map(([name, model, shape]) => [
    name,
    {
      inputs: { x: shape },
      model,
      forward: ({ x }) => (model instanceof Dropout ? model.forward(x, Rng.seeded(2)) : model.forward(x)),
    },
  ]),
)('%s: every gradient is that of central differences', (_, check) => {
  checkGradients(check);
});

test.each([false, true])('Embedding tied to the output, sparse: %s', (sparse) => {
  const model = new Embedding({ numEmbeddings: V, embeddingDim: I, sparse });
  checkGradients({
    model,
    forward: (_, tape) => {
      const x = model.forward(tape.ids(ids, [T, B]));
      return concat([linear(tanh(x), model.weight), x], -1);
    },
  });
});
