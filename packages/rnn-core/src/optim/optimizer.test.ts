import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Embedding } from '../nn/embedding.ts';
import { constant } from '../nn/initializers.ts';
import { Module } from '../nn/module.ts';
import { Param, Parameters } from '../nn/parameters.ts';
import { mul } from '../ops/elementwise.ts';
import { sum } from '../ops/reduce.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { expectClose } from '../testing/close.ts';
import { cosines } from '../testing/cosines.ts';
import { Adam, AdamW } from './adam.ts';
import { GradientClip } from './gradient-clip.ts';
import type { Optimizer } from './optimizer.ts';
import { Rmsprop } from './rmsprop.ts';
import { Sgd } from './sgd.ts';

// The cases and their numbers are those of golden/optimizers.py.
const RATE = 0.1;
const ROWS = [[0, 2], [1], [2, 3], [0, 3], [2], [1, 2], [0], [3, 1]];

const golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8')) as {
  readonly whole: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly rows: readonly (readonly number[])[];
  readonly clipped: Readonly<Record<string, { readonly length: number; readonly gradient: readonly number[] }>>;
};

const OURS: Readonly<Record<string, (parameters: Parameters) => Optimizer>> = {
  sgd: (p) => new Sgd(p),
  'sgd decay': (p) => new Sgd(p, { weightDecay: 0.1 }),
  'sgd momentum': (p) => new Sgd(p, { momentum: 0.9 }),
  'sgd nesterov decay': (p) => new Sgd(p, { momentum: 0.8, nesterov: true, weightDecay: 0.05 }),
  rmsprop: (p) => new Rmsprop(p),
  'rmsprop momentum decay': (p) => new Rmsprop(p, { alpha: 0.9, eps: 1e-6, momentum: 0.5, weightDecay: 0.1 }),
  adam: (p) => new Adam(p),
  'adam decay': (p) => new Adam(p, { beta1: 0.8, beta2: 0.95, eps: 1e-6, weightDecay: 0.1 }),
  adamw: (p) => new AdamW(p, { weightDecay: 0.1 }),
};

/** Six numbers, and others that never change. */
class Numbers extends Module {
  readonly frozen = new Param([2], constant(1), { requiresGrad: false });
  readonly p = new Param([6], (values) => values.set(cosines([6], 0)));
}

const precisions = [
  ['float32', { absolute: 2e-6 }],
  ['float64', { absolute: 1e-9 }],
] as const;

describe.each(precisions)('in %s', (precision, tolerance) => {
  test.each(Object.entries(golden.whole))('%s: goes the way of PyTorch', (name, path) => {
    const model = new Numbers();
    const parameters = Parameters.create(model, createReferenceBackend({ precision }), Rng.seeded(1));
    const optimizer = OURS[name]!(parameters);
    for (const [k, wanted] of path.entries()) {
      // Twice the gradient at half the scale: what clipping hands over.
      parameters
        .gradient(model.p)
        .view()
        .set(cosines([6], k + 1).map((x) => 2 * x));
      optimizer.step(RATE, 0.5);
      expectClose(`step ${k + 1}`, model.p.toArray(), wanted, tolerance);
    }
    expect([...model.frozen.toArray()]).toEqual([1, 1]);
  });

  test('a sparse table goes the way of SparseAdam: rows not looked up rest, their moments too', () => {
    const model = new Embedding({
      numEmbeddings: 4,
      embeddingDim: 3,
      sparse: true,
      initializer: (values) => values.set(cosines([4, 3], 0)),
    });
    const backend = createReferenceBackend({ precision });
    const parameters = Parameters.create(model, backend, Rng.seeded(1));
    const optimizer = new Adam(parameters, { eps: 1e-16 });
    for (const [k, rows] of ROWS.entries()) {
      using tape = new Tape(backend);
      const gradient = tape.constant(cosines([rows.length, 3], k + 1), [rows.length, 3]);
      tape.grad(sum(mul(model.forward(tape.ids(Int32Array.from(rows), [rows.length])), gradient)), parameters);
      optimizer.step(RATE);
      expectClose(`step ${k + 1}`, model.weight.toArray(), golden.rows[k]!, tolerance);
    }
  });

  test.each(Object.entries(golden.clipped))('clipping by value 2 and norm %s equals PyTorch', (norm, wanted) => {
    const model = new Numbers();
    const parameters = Parameters.create(model, createReferenceBackend({ precision }), Rng.seeded(1));
    const gradient = parameters.gradient(model.p);
    gradient.view().set(cosines([6], 1).map((x) => 3 * x));
    const clip = new GradientClip({ value: 2, norm: Number(norm) });
    const { norm: length, scale } = clip.apply(parameters);
    expectClose('length', [length], [wanted.length], tolerance);
    expectClose(
      'gradient',
      gradient.toArray().map((x) => x * scale),
      wanted.gradient,
      tolerance,
    );
    expect(clip.clippedFraction).toBe(norm === '1' ? 1 : 0);
  });
});

test('the fraction of clipped steps is of all steps so far', () => {
  const model = new Numbers();
  const parameters = Parameters.create(model, createReferenceBackend(), Rng.seeded(1));
  const clip = new GradientClip({ norm: 5 });
  expect(clip.clippedFraction).toBe(0);
  for (const size of [1, 10, 1, 1]) {
    parameters.gradient(model.p).view().fill(size);
    clip.apply(parameters);
  }
  expect(clip.clippedFraction).toBe(0.25);
  parameters.gradient(model.p).view().set([3, 4, 0, 0, 0, 0]);
  expect(new GradientClip({}).apply(parameters)).toEqual({ norm: 5, scale: 1 });
});

function learner() {
  const model = new Numbers();
  const parameters = Parameters.create(model, createReferenceBackend(), Rng.seeded(1));
  return { model, parameters, optimizer: new Adam(parameters) };
}

function step({ model, parameters, optimizer }: ReturnType<typeof learner>, phase: number): void {
  parameters
    .gradient(model.p)
    .view()
    .set(cosines([6], phase));
  optimizer.step(RATE);
}

test('moments and steps are all an optimiser remembers: with them another goes on where it stopped', () => {
  const [first, second] = [learner(), learner()];
  for (const phase of [1, 2, 3]) step(first, phase);
  second.model.p.view().set(first.model.p.toArray());
  const moments = new Map(second.optimizer.moments());
  for (const [name, moment] of first.optimizer.moments()) moments.get(name)!.view().set(moment.toArray());
  second.optimizer.steps = first.optimizer.steps;
  for (const phase of [4, 5]) for (const one of [first, second]) step(one, phase);
  expect(second.model.p.toArray()).toEqual(first.model.p.toArray());
  expect([...moments.keys()]).toEqual(['mean', 'square']);
});

test('what makes no sense is refused', () => {
  const parameters = Parameters.create(new Numbers(), createReferenceBackend(), Rng.seeded(1));
  expect(() => new Sgd(parameters, { nesterov: true })).toThrow('Sgd: momentum must be above 0 with nesterov, got 0');
  expect(() => new Adam(parameters, { beta1: 1 })).toThrow('Adam: beta1 must be in [0, 1), got 1');
  expect(() => new AdamW(parameters, { weightDecay: Number.NaN })).toThrow(
    'AdamW: weightDecay must be a number of at least 0, got NaN',
  );
  expect(() => new Rmsprop(parameters, { alpha: -1 })).toThrow(
    'Rmsprop: alpha must be a number of at least 0, got -1',
  );
  expect(() => new Sgd(parameters, { momentum: Number.NaN })).toThrow('Sgd: momentum must be');
  expect(() => new GradientClip({ norm: 0 })).toThrow('GradientClip: norm must be above 0, got 0');
  expect(() => new GradientClip({ value: -1 })).toThrow('GradientClip: value must be above 0, got -1');
});

test('freeing gives back all memory', () => {
  const backend = createReferenceBackend();
  const before = backend.heap.bytesInUse;
  const parameters = Parameters.create(new Numbers(), backend, Rng.seeded(1));
  const optimizers = [new Adam(parameters), new Rmsprop(parameters, { momentum: 0.5 }), new Sgd(parameters)];
  for (const optimizer of optimizers) optimizer.free();
  parameters.free();
  expect(backend.heap.bytesInUse).toBe(before);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -0.1])('a learning rate of %d is refused', (rate) => {
  class One extends Module {
    readonly w = new Param([1], constant(1));
  }
  const parameters = Parameters.create(new One(), createReferenceBackend(), Rng.seeded(1));
  expect(() => new Sgd(parameters).step(rate)).toThrow(
    expect.objectContaining({
      name: 'ConfigError',
      message: `Optimizer.step: learningRate must be a number of at least 0, got ${rate}`,
    }),
  );
});
