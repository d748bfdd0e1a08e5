import { expect, test } from 'vitest';
import { Embedding } from '../nn/embedding.ts';
import { constant } from '../nn/initializers.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { Parameters } from '../nn/parameters.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { transferWeights } from './transfer-weights.ts';
import { savedTensors } from './weights.ts';

class Model extends Module {
  readonly embedding: Embedding;
  readonly head: Linear;

  constructor(V: number, C: number, value: number) {
    super();
    this.embedding = new Embedding({ numEmbeddings: V, embeddingDim: 2, initializer: constant(value) });
    this.head = new Linear({ inFeatures: 2, outFeatures: C, initializer: constant(value), bias: false });
  }
}

function created(V: number, C: number, value: number): Model {
  const model = new Model(V, C, value);
  Parameters.create(model, createReferenceBackend(), Rng.seeded(1));
  return model;
}

const earlier = created(3, 2, 1);
earlier.embedding.weight.view().set([10, 11, 20, 21, 30, 31]);
const weights = savedTensors(earlier);

test('rows of shared tokens are taken over, those of others and whole tensors keep their values', () => {
  const model = created(4, 3, 7);
  const rows = new Map([['embedding.weight', Int32Array.of(2, -1, 0, -1)]]);
  transferWeights(model, weights, { rows, without: new Set(['head.weight']) });
  expect([...model.embedding.weight.view()]).toEqual([30, 31, 7, 7, 10, 11, 7, 7]);
  expect([...model.head.weight.view()]).toEqual([7, 7, 7, 7, 7, 7]);
});

test('the same structure is taken over whole', () => {
  const model = created(3, 2, 7);
  transferWeights(model, weights);
  expect(savedTensors(model)).toEqual(weights);
});

test('what does not fit is named with both shapes', () => {
  expect(() => transferWeights(created(3, 3, 7), weights, {}, 'runs/a')).toThrow(
    'runs/a: head.weight must be [3, 2], got [2, 2]; only a model of the same sizes can start from these weights',
  );
  const rows = new Map([['embedding.weight', Int32Array.of(0)]]);
  const wide = new Map([...weights, ['embedding.weight', { shape: [3, 5], data: new Float32Array(15) }] as const]);
  expect(() => transferWeights(created(1, 2, 7), wide, { rows }, 'runs/a')).toThrow(
    'runs/a: embedding.weight must be [3, 2], got [3, 5]',
  );
  const more = new Map([...weights, ['norm.weight', { shape: [1], data: new Float32Array(1) }] as const]);
  expect(() => transferWeights(created(3, 2, 7), more, {}, 'runs/a')).toThrow(
    'runs/a: must not hold norm.weight, which this model lacks',
  );
  const fewer = new Map([...weights].slice(1));
  expect(() => transferWeights(created(3, 2, 7), fewer, {}, 'runs/a')).toThrow(
    'runs/a: must hold embedding.weight, got head.weight',
  );
});
