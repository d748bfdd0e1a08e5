import { expect, test } from 'vitest';
import { Stepper } from '../inference/stepper.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { checkGradients } from '../testing/gradient-check.ts';
import { CausalConv1d } from './causal-conv1d.ts';
import { Embedding } from './embedding.ts';
import { Module } from './module.ts';
import { Parameters } from './parameters.ts';

const [B, C, K] = [2, 3, 4];

class Model extends Module {
  readonly table = new Embedding({ numEmbeddings: 7, embeddingDim: C });
  readonly convolution = new CausalConv1d({ channels: C, kernelSize: K });
}

function create() {
  const backend = createReferenceBackend();
  const model = new Model();
  Parameters.create(model, backend, Rng.seeded(2));
  return { backend, table: model.table, convolution: model.convolution };
}

test.each([1, 2, 6])('of %i steps, every gradient is that of central differences, with the state’s', (T) => {
  const model = new CausalConv1d({ channels: C, kernelSize: K });
  checkGradients({
    inputs: { x: [T, B, C], before: [B, K - 1, C] },
    model,
    forward: ({ x, before }) => {
      const { y, state } = model.forward(x, before);
      return [y, state];
    },
  });
});

test('y[t] is the bias and the last K inputs, weighted', () => {
  const { backend, convolution } = create();
  convolution.weight.view().set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  convolution.bias.view().set([0.5, 0, 0]);
  using tape = new Tape(backend, { record: false });
  const x = tape.constant([1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0], [5, 1, C]);
  const wanted = [
    [4.5, 0, 0],
    [3.5, 8, 0],
    [2.5, 7, 12],
    [1.5 + 8, 6, 11],
    [0.5 + 6, 5, 10],
  ];
  expect([...convolution.forward(x).y.view()]).toEqual(wanted.flat());
});

test('a sequence in windows, shorter than the kernel too, equals the whole to the bit', () => {
  const { backend, convolution } = create();
  using tape = new Tape(backend, { record: false });
  const x = tape.constant(
    Array.from({ length: 9 * B * C }, (_, k) => Math.sin(k)),
    [9, B, C],
  );
  const whole = convolution.forward(x);
  let state = convolution.zeroState(B);
  const parts = [0, 1, 3, 8].flatMap((from, k) => {
    const out = convolution.forward(x.rows(from, [1, 3, 8, 9][k] as number), state);
    state = out.state;
    return [...out.y.view()];
  });
  expect(parts).toEqual([...whole.y.view()]);
  expect([...state.view()]).toEqual([...whole.state.view()]);
});

test('a sequence equals its steps to the bit, after a reset too', () => {
  const { backend, table, convolution } = create();
  const ids = Int32Array.of(3, 1, 4, 1, 5, 2, 6);
  using tape = new Tape(backend, { record: false });
  const wanted = [...convolution.forward(table.forward(tape.ids(ids, [ids.length, 1]))).y.view()];
  using stepper = new Stepper(backend, {
    stepped: (build) => {
      const [embed, convolve] = [build.embedding(table.weight), build.causalConv1d(convolution)];
      return (id) => convolve(embed(id));
    },
  });
  const read = () => [...ids].flatMap((id) => [...stepper.step(id)]);
  expect(read()).toEqual(wanted);
  stepper.reset();
  expect(read()).toEqual(wanted);
});

test('a state of another shape is an error', () => {
  const { backend, convolution } = create();
  using tape = new Tape(backend, { record: false });
  expect(() => convolution.forward(tape.zeros([2, B, C]), tape.zeros([B, K, C]))).toThrow(
    'CausalConv1d.forward: state must be [B=2, P=3, C=3], got [2, 4, 3]',
  );
});
