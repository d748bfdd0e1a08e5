import { describe, expect, test } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import { Gru, Lstm, MinGru, MinLstm, Rnn, Slstm, Sru } from '../nn/cells.ts';
import { Embedding } from '../nn/embedding.ts';
import { normal } from '../nn/initializers.ts';
import { LayerNorm } from '../nn/layer-norm.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { Parameters } from '../nn/parameters.ts';
import type { Recurrent } from '../nn/recurrent.ts';
import { add } from '../ops/elementwise.ts';
import { linear } from '../ops/linear.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose } from '../testing/close.ts';
import type { StepPiece } from './step-builder.ts';
import { type SteppedModel, Stepper } from './stepper.ts';

const [V, E, H] = [37, 3, 35]; // more than one panel of outputs, and no whole ones

type MakeCell = (inputSize: number, layers: number) => Recurrent;
const recurrentInitializer = normal(0.3);
const CELLS: Readonly<Record<string, MakeCell>> = {
  'tanh RNN': (inputSize, layers) => new Rnn({ inputSize, numLayers: layers, hiddenSize: H, recurrentInitializer }),
  'ReLU RNN': (inputSize, layers) => new Rnn({ inputSize, numLayers: layers, hiddenSize: H, nonlinearity: 'relu' }),
  GRU: (inputSize, layers) => new Gru({ inputSize, numLayers: layers, hiddenSize: H, recurrentInitializer }),
  'LSTM without biases': (inputSize, layers) =>
    new Lstm({ inputSize, numLayers: layers, hiddenSize: H, bias: false, recurrentInitializer }),
  LSTM: (inputSize, layers) => new Lstm({ inputSize, numLayers: layers, hiddenSize: H, recurrentInitializer }),
  sLSTM: (inputSize, layers) => new Slstm({ inputSize, numLayers: layers, hiddenSize: H, recurrentInitializer }),
  minGRU: (inputSize, layers) => new MinGru({ inputSize, numLayers: layers, hiddenSize: H }),
  minLSTM: (inputSize, layers) => new MinLstm({ inputSize, numLayers: layers, hiddenSize: H }),
  SRU: (inputSize, layers) => new Sru({ inputSize, numLayers: layers, hiddenSize: H }),
  'SRU without biases': (inputSize, layers) => new Sru({ inputSize, numLayers: layers, hiddenSize: H, bias: false }),
};

class Model extends Module {
  readonly table = new Embedding({ numEmbeddings: V, embeddingDim: E });
  readonly layers: readonly Recurrent[];
  readonly norms: readonly LayerNorm[];
  readonly head = new Linear({ inFeatures: H, outFeatures: V });

  constructor(make: MakeCell, isNormed: boolean) {
    super();
    this.layers = [make(E, 2), make(H, 1)];
    this.norms = isNormed ? this.layers.map(() => new LayerNorm({ normalizedShape: H })) : [];
  }

  /** The modules' own way, all at once: [T, V]. */
  logits(backend: Backend, ids: Int32Array, residual: boolean): number[] {
    using tape = new Tape(backend, { record: false });
    let x: Tensor | undefined;
    for (const [k, layer] of this.layers.entries()) {
      const { y }: { y: Tensor } = layer.forward(x ?? this.table.forward(tape.ids(ids, [ids.length, 1])));
      const sum: Tensor = x && residual ? add(y, x) : y;
      x = this.norms[k]?.forward(sum) ?? sum;
    }
    return [...linear(x as Tensor, this.head.weight, this.head.bias).view()];
  }

  stepped(residual: boolean): SteppedModel {
    return {
      stepped: (build) => {
        const [lowest, upper] = this.layers as [Recurrent, Recurrent];
        const norms = this.layers.map(
          (_, k): StepPiece => (this.norms[k] ? build.layerNorm(this.norms[k]) : (x) => x),
        );
        const first = build.recurrentOfEmbedding(lowest, this.table.weight);
        const second = build.recurrent(upper);
        const add = build.add(H);
        const head = build.linear(this.head);
        return (id) => {
          const x = norms[0]!(first(id));
          const y = second(x);
          return head(norms[1]!(residual ? add(y, x) : y));
        };
      },
    };
  }
}

const ids = Int32Array.from({ length: 12 }, (_, k) => (5 * k * k + k) % V);

describe.each(Object.entries(CELLS))('%s', (_, make) => {
  test.each([
    { residual: false, isNormed: false },
    { residual: true, isNormed: false },
    { residual: true, isNormed: true },
  ])('steps to the logits of the modules, %o', ({ residual, isNormed }) => {
    const backend = createReferenceBackend({ precision: 'float64' });
    const model = new Model(make, isNormed);
    Parameters.create(model, backend, Rng.seeded(2));
    const wanted = model.logits(backend, ids, residual);
    const before = backend.heap.bytesInUse;
    {
      using stepper = new Stepper(backend, model.stepped(residual));
      const read = () => [...ids].flatMap((id) => [...stepper.step(id)]);
      expectClose('logits', read(), wanted, { absolute: 1e-12 });
      stepper.reset();
      expectClose('logits of a second text', read(), wanted, { absolute: 1e-12 });
    }
    expect(backend.heap.bytesInUse).toBe(before);
  });

  test('in eight bits, each weight is off by half a step of its output’s scale at most', () => {
    const backend = createReferenceBackend({ precision: 'float64' });
    const model = new Model(make, false);
    const parameters = Parameters.create(model, backend, Rng.seeded(2));
    using stepper = new Stepper(backend, model.stepped(false), 'int8');
    const logits = [...ids].flatMap((id) => [...stepper.step(id)]);
    // What it must compute: the same model with every weight but the lowest layer's input and the biases rounded.
    for (const [name, param] of parameters) {
      if (name.includes('bias') || name === 'layers.0.weight_ih_l0' || name === 'table.weight') continue;
      const [, K] = param.shape;
      if (!K) continue; // the vectors of an SRU
      const values = param.view();
      for (let n = 0; n < values.length; n += K) {
        const scale = Math.max(...values.subarray(n, n + K).map(Math.abs)) / 127;
        for (let k = n; k < n + K; k++) values[k] = Math.round(values[k]! / scale) * scale;
      }
    }
    expectClose('logits', logits, model.logits(backend, ids, false), { absolute: 1e-12 });
  });
});

test('a bidirectional layer has no next step', () => {
  const backend = createReferenceBackend();
  const model = new Model((inputSize) => new Gru({ inputSize, hiddenSize: H, bidirectional: true }), false);
  expect(() => new Stepper(backend, model.stepped(false))).toThrow(
    'StepBuilder: a recurrent module must be unidirectional, got a bidirectional Gru',
  );
});

test('a model on another backend is refused', () => {
  const head = new Linear({ inFeatures: 1, outFeatures: 1 });
  Parameters.create(head, createReferenceBackend(), Rng.seeded(1));
  const model: SteppedModel = {
    stepped: (build) => {
      const [lookup, piece] = [build.embedding(head.weight), build.linear(head)];
      return (id) => piece(lookup(id));
    },
  };
  expect(() => new Stepper(createReferenceBackend(), model)).toThrow(
    "StepBuilder: weights must be on the stepper's backend, got weight on another",
  );
});

test('the mean of several vectors, again at each step', () => {
  const backend = createReferenceBackend({ precision: 'float64' });
  const table = new Embedding({ numEmbeddings: V, embeddingDim: E });
  Parameters.create(table, backend, Rng.seeded(2));
  const row = (id: number) => Array.from(table.weight.view().subarray(id * E, (id + 1) * E));
  using stepper = new Stepper(backend, {
    stepped: (build) => {
      const [one, other, mean] = [build.embedding(table.weight), build.embedding(table.weight), build.mean(E)];
      return (id) => mean([one(id), other(0), other(0)]);
    },
  });
  for (const id of [1, 2]) {
    const wanted = row(id).map((x, k) => (x + 2 * (row(0)[k] as number)) / 3);
    expectClose('mean', [...stepper.step(id)], wanted, { absolute: 1e-12 });
  }
});
