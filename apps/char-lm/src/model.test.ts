import { createReferenceBackend, crossEntropy, Parameters, Rng, Stepper, Tape } from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { CharLm, type CharLmDropout, type CharLmShape } from './model.ts';

const SHAPE: CharLmShape = {
  vocabSize: 7,
  cell: 'lstm',
  hidden: 5,
  layers: 2,
  embedding: 4,
  tied: false,
  layerNorm: false,
};
const [T, B] = [6, 3];
const X = Int32Array.from({ length: T * B }, (_, k) => (k * k) % 7);
const Y = Int32Array.from({ length: T * B }, (_, k) => (k * k + 1) % 7);

function create(shape: Partial<CharLmShape>, drop?: CharLmDropout) {
  const backend = createReferenceBackend({ precision: 'float64' });
  const model = new CharLm({ ...SHAPE, ...shape }, drop);
  const parameters = Parameters.create(model, backend, Rng.seeded(3));
  // The output layer begins at zero, where nothing flows back; move everything a little away from where it began.
  const values = () => backend.heap.real(parameters.values, parameters.size); // a view does not survive a growing heap
  const rng = Rng.seeded(4);
  const shake = (size: number) => values().forEach((x, k, all) => (all[k] = x + size * rng.normal()));
  const loss = (rng?: Rng, isGradient = false): number => {
    using tape = new Tape(backend);
    const { logits } = model.forward(tape.ids(X, [T, B]), { state: model.zeroState(B), rng });
    const loss = crossEntropy(logits, tape.ids(Y, [T, B]));
    if (isGradient) tape.grad(loss, parameters);
    return loss.item();
  };
  return { backend, model, parameters, values, loss, shake };
}

test('knows nothing at first: every character is as likely', () => {
  expect(create({}).loss()).toBeCloseTo(Math.log(7), 12);
});

const names = (shape: Partial<CharLmShape>): string[] =>
  [...new CharLm({ ...SHAPE, ...shape }).namedParameters()].map(([name]) => name);

test('names its parameters as torch would', () => {
  expect(names({ layers: 1 })).toStrictEqual([
    'embedding.weight',
    'layers.0.weight_ih_l0',
    'layers.0.weight_hh_l0',
    'layers.0.bias_ih_l0',
    'layers.0.bias_hh_l0',
    'head.weight',
    'head.bias',
  ]);
  expect(names({ layers: 1, tied: true, embedding: 5, layerNorm: true })).toContain('norms.0.weight');
  expect(names({ tied: true, embedding: 5 })).not.toContain('head.weight');
});

test('tied needs one size', () => {
  expect(() => create({ tied: true })).toThrow('--embedding must equal --hidden 5 with --tied, got 4');
});

test('an LSTM begins with open forget gates', () => {
  const { model } = create({});
  const bias = [...model.layers[0]!.directions[0]!.biasHh.view()];
  expect(bias).toStrictEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

describe.each(['rnn', 'gru', 'lstm'] as const)('%s', (cell) => {
  test.each([{}, { tied: true, embedding: 5 }, { layerNorm: true }, { layers: 1 }])(
    'with %o has the gradient of its loss',
    (shape) => {
      const { loss, shake, parameters, values, backend } = create({ cell, ...shape });
      shake(0.1);
      loss(undefined, true);
      const gradient = [...backend.heap.real(parameters.gradients, parameters.size)];
      const rng = Rng.seeded(9);
      const direction = gradient.map(() => rng.normal());
      const start = [...values()];
      const at = (epsilon: number): number => {
        values().set(start.map((x, k) => x + epsilon * direction[k]!));
        return loss();
      };
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      expect(gradient.reduce((sum, g, k) => sum + g * direction[k]!, 0)).toBeCloseTo(slope, 7);
    },
  );

  test('reads in windows what it reads at once', () => {
    const { backend, model, shake } = create({ cell });
    shake(0.3);
    using _ = new Tape(backend, { record: false });
    const read = (ids: Int32Array, state = model.zeroState(B)) => {
      const T = ids.length / B;
      return model.forward(Tape.current.ids(ids, [T, B]), { state });
    };
    const whole = read(X).logits.toArray();
    const first = read(X.slice(0, 2 * B));
    const second = read(X.slice(2 * B), first.state);
    const parts = [...first.logits.toArray(), ...second.logits.toArray()];
    for (const [k, value] of parts.entries()) expect(value).toBeCloseTo(whole[k]!, 12);
  });
});

test.each([{}, { tied: true, embedding: 5 }, { layerNorm: true, layers: 3 }, { layers: 1 }])(
  'with %o steps to the logits it reads at once',
  (shape) => {
    const { backend, model, shake } = create(shape);
    shake(0.3);
    using _ = new Tape(backend, { record: false });
    const ids = X.slice(0, T);
    const wanted = model.forward(Tape.current.ids(ids, [T, 1]), { state: model.zeroState(1) }).logits.toArray();
    using stepper = new Stepper(backend, model.stepped());
    const stepped = [...ids].flatMap((id) => [...stepper.step(id)]);
    for (const [k, value] of stepped.entries()) expect(value).toBeCloseTo(wanted[k]!, 12);
  },
);

const KEPT: CharLmDropout = { dropoutInput: 0, dropout: 0, dropConnect: 0, variational: false };

test.each([{ dropoutInput: 0.5 }, { dropout: 0.5 }, { dropConnect: 0.5 }, { dropout: 0.5, variational: true }])(
  '%o acts in training, by its stream alone, and not at evaluation',
  (drop) => {
    const { loss, shake } = create({}, { ...KEPT, ...drop });
    const kept = create({});
    shake(0.3);
    kept.shake(0.3);
    const rng = Rng.seeded(1);
    expect(loss(rng.split(1))).toBe(loss(rng.split(1)));
    expect(loss(rng.split(1))).not.toBe(loss(rng.split(2)));
    expect(loss(rng.split(1))).not.toBe(loss());
    expect(loss()).toBe(kept.loss());
  },
);
