import {
  carryState,
  createReferenceBackend,
  crossEntropy,
  Parameters,
  Rng,
  type State,
  Tape,
} from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { CharLmModel } from '../model/char-lm-model.ts';
import { DynamicEvaluation } from './dynamic-evaluation.ts';
import { negativeLogLikelihoods } from './likelihood.ts';

const V = 4;
const config = { vocabSize: V, cell: 'rnn', hiddenSize: 5, numLayers: 1, embeddingSize: 3 } as const;

/** A model with random weights. */
function create() {
  const backend = createReferenceBackend({ precision: 'float64' });
  const model = new CharLmModel({ ...config, tieWeights: false, layerNorm: false });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  const rng = Rng.seeded(2);
  const weights = () => backend.heap.real(parameters.values, parameters.size); // anew, since the heap grows
  weights().forEach((x, k, values) => (values[k] = x + 0.3 * rng.normal()));
  return { backend, model, parameters, weights };
}

/** A text whose statistics differ from those of a random model: 0 1 2 3 0 1 2 3 … */
const cycle = (N: number) => Int32Array.from({ length: N }, (_, k) => k % V);
const context = Int32Array.of(3);

test('without steps it is static evaluation, and weights are put back after steps', async () => {
  const { backend, model, parameters, weights } = create();
  const before = weights().slice();
  const expected = await negativeLogLikelihoods(model, backend, cycle(50), { context });
  const still = await DynamicEvaluation.prepare(model, parameters, cycle(60), { learningRate: 0, segment: 7 });
  const nats = await still.negativeLogLikelihoods(cycle(50), { context });
  for (const [k, x] of expected.entries()) expect(nats[k], `character ${k}`).toBeCloseTo(x, 12);

  const moving = await DynamicEvaluation.prepare(model, parameters, cycle(60), { learningRate: 0.01, segment: 7 });
  const adapted = await moving.negativeLogLikelihoods(cycle(50), { context });
  expect(adapted.slice(0, 7)).toEqual(nats.slice(0, 7)); // scored before the first update
  expect(adapted.slice(40).reduce((a, b) => a + b)).toBeLessThan(nats.slice(40).reduce((a, b) => a + b));
  expect(weights()).toEqual(before);
});

test('each segment is scored with the weights that the published rule gives', async () => {
  const { backend, model, parameters, weights } = create();
  const [learningRate, decay, segment] = [0.02, 0.3, 3];
  const evaluation = await DynamicEvaluation.prepare(model, parameters, cycle(segment + 1), {
    learningRate,
    decay,
    segment,
  });
  const nats = await evaluation.negativeLogLikelihoods(cycle(9), { context });

  using _ = new Tape(backend, { record: false });
  const trained = weights().slice();
  const rms = read(cycle(4), model.zeroState(1)).gradient.map(Math.abs); // of one segment
  const meanRms = rms.reduce((a, b) => a + b) / rms.length;
  const text = Int32Array.of(...context, ...cycle(9));
  const state = model.zeroState(1);
  for (let from = 0; from < 9; from += segment) {
    const { losses, gradient } = read(text.slice(from, from + segment + 1), state);
    for (const [k, loss] of losses.entries()) expect(nats[from + k], `character ${from + k}`).toBeCloseTo(loss, 10);
    for (const [k, g] of gradient.entries()) {
      const r = Math.min(rms[k]! / meanRms, 1 / decay);
      const weight = weights()[k]!;
      weights()[k] = weight + decay * r * (trained[k]! - weight) - (learningRate * g) / (rms[k]! + 0.001);
    }
  }

  /** The loss of each character after the first, and the gradient of their mean; the state is carried. */
  function read(ids: Int32Array, state: State) {
    using tape = new Tape(backend);
    const T = ids.length - 1;
    const out = model.forward(tape.ids(ids.slice(0, T), [T, 1]), { state });
    const targets = tape.ids(ids.slice(1), [T, 1]);
    tape.grad(crossEntropy(out.logits, targets), parameters);
    const losses = [...crossEntropy(out.logits, targets, { reduction: 'none' }).view()];
    carryState(out.state, state);
    return { losses, gradient: [...backend.heap.real(parameters.gradients, parameters.size)] };
  }
});

test('the learning rate is tuned to the lowest loss of a text: half of it and twice as much are worse', async () => {
  const { model, parameters } = create();
  const evaluation = await DynamicEvaluation.prepare(model, parameters, cycle(60));
  const lossAt = async (learningRate: number): Promise<number> => {
    const at = await DynamicEvaluation.prepare(model, parameters, cycle(60), { learningRate });
    return (await at.negativeLogLikelihoods(cycle(200), { context })).reduce((a, b) => a + b);
  };
  const { learningRate } = await evaluation.tuned(cycle(200), { context });
  expect(await lossAt(learningRate)).toBeLessThan(await lossAt(learningRate / 2));
  expect(await lossAt(learningRate)).toBeLessThan(await lossAt(2 * learningRate));
});

test.each([
  [{ learningRate: -1 }, 'learningRate must be a number of at least 0, got -1'],
  [{ learningRate: Number.NaN }, 'learningRate must be a number of at least 0, got NaN'],
  [{ decay: 2 }, 'decay must be in [0, 1], got 2'],
  [{ epsilon: 0 }, 'epsilon must be a number above 0, got 0'],
  [{ segment: 0.5 }, 'segment must be an integer of at least 1, got 0.5'],
  [{ segment: 60 }, 'the training text must be longer than a segment of 60 characters, got 60'],
])('%o is refused', async (options, message) => {
  const { model, parameters } = create();
  await expect(DynamicEvaluation.prepare(model, parameters, cycle(60), options)).rejects.toThrow(message);
});
