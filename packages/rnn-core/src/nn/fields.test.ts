import { expect, test } from 'vitest';
import { tanh } from '../ops/elementwise.ts';
import { linear } from '../ops/linear.ts';
import { sum } from '../ops/reduce.ts';
import { Adam } from '../optim/adam.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { Gru, Lstm } from './cells.ts';
import { Conv1d } from './conv1d.ts';
import { Conv2d } from './conv2d.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { freeze, unfreeze } from './freeze.ts';
import { constant } from './initializers.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { Param, Parameters } from './parameters.ts';
import { Sequential } from './sequential.ts';

const linear22 = () => new Linear({ inFeatures: 2, outFeatures: 2 });
const names = (model: Module) => Array.from(model.namedParameters(), ([name]) => name);

class Model extends Module {
  readonly embedding = new Embedding({ numEmbeddings: 3, embeddingDim: 2 });
  readonly layers = [linear22(), linear22()];
  readonly outputScale = new Param([2], constant(1));
  readonly head = { bias: new Param([3], constant(0)) };
  readonly decoder = { embedding: this.embedding, projection: linear22() }; // shares the table
  readonly config = { sizes: [1, 2], name: 'model' };
  readonly none = undefined;
}

test('parameters are the fields, in arrays and plain objects too, own ones first and shared ones once', () => {
  const model = new Model();
  expect(names(model)).toEqual([
    'output_scale',
    'head.bias',
    'embedding.weight',
    'layers.0.weight',
    'layers.0.bias',
    'layers.1.weight',
    'layers.1.bias',
    'decoder.projection.weight',
    'decoder.projection.bias',
  ]);
  expect(model.parameterCount).toBe(2 + 3 + 6 + 3 * 6);
});

test('without a bias there is none', () => {
  expect(names(new Linear({ inFeatures: 2, outFeatures: 2, bias: false }))).toEqual(['weight']);
  expect(names(new Conv1d({ inChannels: 2, outChannels: 2, kernelSize: 1, bias: false }))).toEqual(['weight']);
  expect(names(new Conv2d({ inChannels: 2, outChannels: 2, kernelSize: 1, bias: false }))).toEqual(['weight']);
  expect(names(new Gru({ inputSize: 2, hiddenSize: 2, bias: false, bidirectional: true }))).toEqual([
    'weight_ih_l0',
    'weight_hh_l0',
    'weight_ih_l0_reverse',
    'weight_hh_l0_reverse',
  ]);
});

test('a module prints its parameters with shapes and counts', () => {
  const model = new Model();
  freeze(model, 'layers.0.*');
  expect(String(model)).toBe(
    `
Model
  embedding: Embedding
    weight      [3, 2]  6
  layers.0: Linear
    weight      [2, 2]  4 (frozen)
    bias        [2]     2 (frozen)
  layers.1: Linear
    weight      [2, 2]  4
    bias        [2]     2
  output_scale  [2]     2
  head.bias     [3]     3
  decoder.embedding: Embedding (shared)
  decoder.projection: Linear
    weight      [2, 2]  4
    bias        [2]     2
29 parameters, 23 of them trainable`.trim(),
  );
});

test('a private field is not found, and the error says so', () => {
  class Hidden extends Module {
    readonly #head = linear22();
    forward(tape: Tape) {
      return this.#head.forward(tape.constant([1, 2], [1, 2]));
    }
  }
  const backend = createReferenceBackend();
  const model = new Hidden();
  Parameters.create(model, backend, Rng.seeded(1));
  using tape = new Tape(backend);
  expect(() => model.forward(tape)).toThrow('keep modules and parameters in fields that are not private');
});

test('Sequential chains modules and functions under their positions, with dropout in training only', () => {
  const backend = createReferenceBackend();
  const [first, last] = [linear22(), linear22()];
  const model = new Sequential(first, tanh, new Dropout({ p: 0.5 }), new Sequential(last));
  expect(names(model)).toEqual(['0.weight', '0.bias', '3.0.weight', '3.0.bias']);
  Parameters.create(model, backend, Rng.seeded(1));
  using tape = new Tape(backend, { record: false });
  const x = tape.constant([1, 2, 3, 4], [2, 2]);
  const y = model.forward(x).toArray();
  expect(y).toEqual(last.forward(tanh(first.forward(x))).toArray());
  expect(model.forward(x, Rng.seeded(1)).toArray()).not.toEqual(y);
});

/** Three layers, and a step of training that returns the names of the parameters it changed or gave a gradient. */
function threeLayers(prepare: (model: Module) => void = () => {}) {
  const backend = createReferenceBackend();
  const model = new Sequential(linear22(), linear22(), linear22());
  prepare(model);
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const adam = new Adam(parameters, { weightDecay: 0.1 });
  const step = (): string[] => {
    const before = Array.from(parameters, ([, param]) => param.toArray());
    using tape = new Tape(backend);
    tape.grad(sum(model.forward(tape.constant([1, 2], [1, 2]))), parameters);
    adam.step(0.1);
    return [...parameters].flatMap(([name, param], k) => {
      const isSame = param.toArray().every((value, n) => value === before[k]![n]);
      return isSame &&
        parameters
          .gradient(param)
          .toArray()
          .every((value) => value === 0)
        ? []
        : [name];
    });
  };
  return { model, parameters, step };
}

const outer = ['0.weight', '0.bias', '2.weight', '2.bias'];

test('parameters frozen before they have memory get no gradient and no update', () => {
  const { model, step } = threeLayers((model) => freeze(model, '1.*'));
  expect(step()).toEqual(outer);
  expect(unfreeze(model, '1.*')).toEqual(['1.weight', '1.bias']);
  expect(step().toSorted()).toEqual(names(model).toSorted());
});

test('parameters frozen between two steps get no gradient and no update', () => {
  const { model, parameters, step } = threeLayers();
  expect(step()).toEqual(names(model));
  expect([...parameters.regions()]).toHaveLength(1);
  freeze(model, '1.*');
  expect([...parameters.regions()]).toHaveLength(2); // what stands before, and what stands after
  expect(step()).toEqual(outer);
});

test('a pattern that matches nothing is refused with the names there are', () => {
  expect(() => freeze(linear22(), 'encoder.*')).toThrow(
    'freeze: pattern must match a parameter, got encoder.*, which matches none; there are weight, bias',
  );
  expect(() => freeze(linear22(), 'b.as')).toThrow('got b.as'); // only * is special
});

test('an embedding is gathered when it is read, and a small table is multiplied instead of its rows', () => {
  const backend = createReferenceBackend();
  const embedding = new Embedding({ numEmbeddings: 3, embeddingDim: 2 });
  const lstm = new Lstm({ inputSize: 2, hiddenSize: 4 });
  for (const module of [embedding, lstm]) Parameters.create(module, backend, Rng.seeded(1));
  using tape = new Tape(backend);
  const x = embedding.forward(tape.ids(Int32Array.of(0, 1, 2, 1), [4, 1]));
  lstm.forward(x);
  expect(x.storage.pending).toBeDefined();
  const y = linear(x, lstm.directions[0]!.weightIh);
  expect(x.storage.pending).toBeUndefined();
  expect([...x.row(1).toArray()]).toEqual([...embedding.weight.row(1).toArray()]);
  expect(y.shape).toEqual([4, 1, 16]);
});
