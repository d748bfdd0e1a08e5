import { describe, expect, test } from 'vitest';
import { Lstm } from '../nn/cells.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { Parameters } from '../nn/parameters.ts';
import { mul, scale } from '../ops/elementwise.ts';
import { mean } from '../ops/reduce.ts';
import { GradientClip } from '../optim/gradient-clip.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { cosines } from '../testing/cosines.ts';
import { checkFinite, NonFiniteError } from './check-finite.ts';

class Model extends Module {
  readonly lstm = new Lstm({ inputSize: 2, hiddenSize: 3, numLayers: 2 });
  readonly head = new Linear({ inFeatures: 3, outFeatures: 2 });
}

const STEP = 17;

interface Plant {
  readonly weights?: (model: Model) => void;
  readonly input?: (x: Float64Array) => void;
  readonly logits?: (logits: Tensor) => Tensor;
}

/** One step as a training loop takes it, something planted in it. */
function step(plant: Plant): void {
  const backend = createReferenceBackend();
  const model = new Model();
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  plant.weights?.(model);
  const x = cosines([3, 2, 2], 1);
  plant.input?.(x);
  using tape = new Tape(backend);
  const { y } = model.lstm.forward(tape.constant(x, [3, 2, 2]));
  const logits = model.head.forward(y);
  const loss = mean(plant.logits?.(logits) ?? logits);
  checkFinite(STEP, { loss: loss.item() }, tape, parameters);
  tape.grad(loss, parameters);
  const { norm } = new GradientClip({ norm: 1 }).apply(parameters);
  checkFinite(STEP, { 'gradient norm': norm }, tape, parameters);
}

const fill = (model: Module, value: number): void => {
  for (const [, param] of model.namedParameters()) param.view().fill(value);
};

describe('a non-finite value stops the step, named by tensor, layer, index and step', () => {
  test.each<[string, Plant, string]>([
    [
      'a weight',
      { weights: ({ lstm }) => lstm.directions[1]!.weightHh!.view().set([Number.NaN], 4) },
      'step 17: lstm.weight_hh_l1 must be finite, got NaN at [1, 1]',
    ],
    [
      'an input',
      { input: (x) => x.set([Infinity], 5) },
      'step 17: constant must be finite, got Infinity at [1, 0, 1]',
    ],
    [
      'an activation of a layer',
      {
        weights: ({ lstm, head }) => {
          fill(lstm, 5); // so that every state is near 1
          fill(head, 3e38);
        },
      },
      'step 17: linear(head.weight, head.bias) must be finite, got Infinity at [0, 0, 0]',
    ],
    [
      'an activation between layers',
      { logits: (logits) => mul(scale(logits, 1e25), scale(logits, 1e25)) },
      'step 17: mul after linear(head.weight, head.bias) must be finite, got Infinity at [0, 0, 0]',
    ],
    [
      'a gradient, the loss finite',
      { weights: ({ head }) => fill(head, 0), logits: (logits) => scale(scale(logits, 1e25), 1e25) },
      'step 17: gradient of linear(head.weight, head.bias) must be finite, got Infinity at [0, 0, 0]',
    ],
  ])('%s', (_, plant, message) => {
    expect(() => step(plant)).toThrow(message);
  });

  test('and when there is none, nothing', () => {
    expect(() => step({})).not.toThrow();
  });
});

test('the error carries what it found', () => {
  const error = new NonFiniteError(3, { tensor: 'gru(rnn.weight_hh_l0)', index: [0, 2], value: Number.NaN });
  expect(error.message).toBe('step 3: gru(rnn.weight_hh_l0) must be finite, got NaN at [0, 2]');
  expect([error.step, error.found.tensor]).toEqual([3, 'gru(rnn.weight_hh_l0)']);
});

test('a value whose origin is gone is named itself', () => {
  const backend = createReferenceBackend();
  const parameters = Parameters.create(new Linear({ inFeatures: 1, outFeatures: 1 }), backend, Rng.seeded(1));
  using tape = new Tape(backend);
  expect(() => checkFinite(1, { loss: 1, 'validation loss': Infinity }, tape, parameters)).toThrow(
    'step 1: validation loss must be finite, got Infinity',
  );
});
