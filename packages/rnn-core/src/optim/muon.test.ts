import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Gru, MinGru, Sru } from '../nn/cells.ts';
import { constant } from '../nn/initializers.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { Param, Parameters } from '../nn/parameters.ts';
import { mul } from '../ops/elementwise.ts';
import { sum } from '../ops/reduce.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { expectClose } from '../testing/close.ts';
import { Learner, type LearnerOptions } from '../training/learner.ts';
import type { Revision } from '../training/step-plan.ts';
import { AdamW } from './adam.ts';
import { Muon, type MuonConfig } from './muon.ts';

// The cases and their numbers are those of golden/optimizers.py.
const RATE = 0.1;
const golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8')) as {
  readonly muon: Readonly<Record<string, readonly (readonly number[])[]>>;
};
const CASES: Readonly<
  Record<string, { shape: [number, number]; matrices: number; weightDecay?: number; config: MuonConfig }>
> = {
  wide: { shape: [6, 5], matrices: 2, weightDecay: 0.1, config: { nsSteps: 5 } },
  bands: { shape: [10, 7], matrices: 2, config: { nsSteps: 3, bandRows: 3 } },
  tall: { shape: [6, 2], matrices: 1, config: { nsSteps: 5 } },
};

const LAYER = { inputSize: 2, hiddenSize: 4 };

/** Of full rank, unlike `cosines`: Newton–Schulz iterations make the noise of a rank that is not there large. */
const chirps = (shape: readonly number[], phase: number): number[] =>
  Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.cos(i ** 2 * 0.37 + phase));

/** A matrix of gates between two vectors. */
class Gates extends Module {
  readonly before = new Param([5], constant(1));
  readonly gates: Param;
  readonly after = new Param([3], constant(1));

  constructor(shape: [number, number], matrices: number) {
    super();
    this.gates = new Param(shape, (values) => values.set(chirps(shape, 0)), { matrices });
  }
}

test.each(Object.entries(CASES))(
  '%s: goes the way of the paper, and of torch.optim.Muon; what is no matrix the way of AdamW',
  (name, { shape, matrices, weightDecay = 0, config }) => {
    const backend = createReferenceBackend({ precision: 'float64' });
    const create = () => {
      const model = new Gates(shape, matrices);
      return { model, parameters: Parameters.create(model, backend, Rng.seeded(1)) };
    };
    const [muon, adam] = [create(), create()];
    const optimizer = new Muon(muon.parameters, { ...config, weightDecay });
    const other = new AdamW(adam.parameters, { weightDecay });
    for (const [k, wanted] of golden.muon[name]!.entries()) {
      // Twice the gradient at half the scale: what clipping hands over.
      for (const { model, parameters } of [muon, adam])
        for (const param of [model.before, model.gates, model.after])
          parameters
            .gradient(param)
            .view()
            .set(chirps(param.shape, k + 1).map((x) => 2 * x));
      optimizer.step(RATE, 0.5);
      other.step(RATE, 0.5);
      expectClose(`step ${k + 1}`, muon.model.gates.toArray(), wanted, { absolute: 1e-9 });
      for (const field of ['before', 'after'] as const)
        expect([...muon.model[field].toArray()]).toEqual([...adam.model[field].toArray()]);
    }
  },
);

test('frozen hidden weights rest, and what stands beside them does not', () => {
  const model = new Gates([6, 5], 2);
  const parameters = Parameters.create(model, createReferenceBackend(), Rng.seeded(1));
  const optimizer = new Muon(parameters);
  parameters
    .gradient(model.gates)
    .view()
    .set(chirps([6, 5], 1));
  optimizer.step(RATE);
  model.gates.requiresGrad = false;
  for (const param of [model.before, model.after]) parameters.gradient(param).view().fill(1);
  const before = model.gates.toArray();
  optimizer.step(RATE);
  expect(model.gates.toArray()).toEqual(before);
  for (const param of [model.before, model.after]) expect(Math.max(...param.toArray())).toBeLessThan(1);
});

test('in a training their learning rate is 8 divided by the steps that are planned, 16 with weight decay, or what is given', () => {
  const backend = createReferenceBackend({ precision: 'float64' });
  const weights = (options: Partial<LearnerOptions>, steps: number, revision?: Revision) => {
    const model = new Gates([6, 5], 2);
    const learner = new Learner(
      Parameters.create(model, backend, Rng.seeded(1)),
      { optimizer: 'muon', lr: 0.1, ...options },
      steps,
    );
    if (revision) learner.plan.revise(revision);
    for (const step of [1, 2]) {
      using tape = new Tape(backend);
      learner.update(tape, sum(mul(model.gates, tape.constant(chirps([6, 5], step), [6, 5]))), step);
    }
    return model.gates.toArray();
  };
  expect(weights({}, 10)).toEqual(weights({ muonLr: 0.8 }, 10));
  expect(weights({}, 10)).toEqual(weights({ lr: 0.2 }, 10));
  expect(weights({ weightDecay: 0.1 }, 10)).toEqual(weights({ weightDecay: 0.1, muonLr: 1.6 }, 10));
  expect(weights({}, 10)).not.toEqual(weights({ muonLr: 0.4 }, 10));
  const revised = weights({}, 10, { step: 1, steps: 19 }); // the second step is half as large
  expect(revised).not.toEqual(weights({}, 10));
  expect(revised).not.toEqual(weights({ muonLr: 0.4 }, 10));
});

test.each<[string, Module, Record<string, number>]>([
  ['recurrent weights, one matrix a gate', new Gru(LAYER), { weight_hh_l0: 3 }],
  ['input weights of a cell without a recurrent matrix', new MinGru(LAYER), { weight_ih_l0: 2 }],
  ['but not the highway, which is no product', new Sru({ ...LAYER, inputSize: 4 }), { weight_ih_l0: 3 }],
  ['a linear layer that is hidden', new Linear({ inFeatures: 2, outFeatures: 2, hidden: true }), { weight: 1 }],
  ['no other linear layer, such as the output', new Linear({ inFeatures: 2, outFeatures: 2 }), {}],
])('hidden weights: %s', (_, model, wanted) => {
  const matrices = [...model.namedParameters()].map(([name, param]) => [name, param.matrices] as const);
  expect(Object.fromEntries(matrices.filter(([, count]) => count > 0))).toEqual(wanted);
});

test.each([
  [{ momentum: 1 }, 'Muon: momentum must be in [0, 1), got 1'],
  [{ nsSteps: 0 }, 'Muon: nsSteps must be a whole number above 0, got 0'],
  [{ bandRows: 1.5 }, 'Muon: bandRows must be a whole number above 0, got 1.5'],
])('%o is refused', (config, message) => {
  const parameters = Parameters.create(new Gates([6, 5], 2), createReferenceBackend());
  expect(() => new Muon(parameters, config)).toThrow(message);
});

test('a model without hidden weights is refused', () => {
  const parameters = Parameters.create(new Linear({ inFeatures: 2, outFeatures: 2 }), createReferenceBackend());
  expect(() => new Muon(parameters)).toThrow('Muon: the model must have hidden weights, got none; use adamw');
});

test('gives all its memory back', () => {
  const backend = createReferenceBackend();
  const parameters = Parameters.create(new Gates([6, 5], 2), backend);
  const before = backend.heap.bytesInUse;
  new Muon(parameters).free();
  expect(backend.heap.bytesInUse).toBe(before);
});
