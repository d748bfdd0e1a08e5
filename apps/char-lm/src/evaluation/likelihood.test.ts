import { carryState, createReferenceBackend, crossEntropy, Parameters, Rng, Tape } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { CharLmModel } from '../model/char-lm-model.ts';
import { negativeLogLikelihoods } from './likelihood.ts';

const backend = createReferenceBackend({ precision: 'float64' });
const V = 5;
const model = new CharLmModel({
  vocabSize: V,
  cell: 'gru',
  hiddenSize: 6,
  numLayers: 2,
  embeddingSize: 3,
  tieWeights: false,
  layerNorm: false,
});
const parameters = Parameters.create(model, backend, Rng.seeded(1));
const rng = Rng.seeded(2);
backend.heap.real(parameters.values, parameters.size).forEach((x, k, values) => (values[k] = x + 0.3 * rng.normal()));
const ids = (N: number) => Int32Array.from({ length: N }, () => rng.integer(V));

/** −ln p of each of `text` after reading `before`, one character at a time. */
function oneByOne(before: Int32Array, text: Int32Array): number[] {
  using _session = new Tape(backend, { record: false });
  const state = model.zeroState(1);
  const read = [...before, ...text];
  return read
    .slice(1)
    .map((target, k) => {
      using tape = new Tape(backend, { record: false });
      const out = model.forward(tape.ids(Int32Array.of(read[k]!), [1, 1]), { state });
      carryState(out.state, state);
      return crossEntropy(out.logits, tape.ids(Int32Array.of(target), [1, 1])).item();
    })
    .slice(before.length - 1);
}

function expectClose(actual: Float64Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(actual[k], `character ${k}`).toBeCloseTo(value, 10);
}

test.each([1, 2, 1024, 1025, 2100])('one stream equals reading character by character: %i characters', async (N) => {
  const [context, text] = [ids(1), ids(N)];
  expectClose(await negativeLogLikelihoods(model, backend, text, { context }), oneByOne(context, text));
});

test.each([
  { N: 10, streams: 3, context: 4 },
  { N: 7, streams: 5, context: 1 },
  { N: 3, streams: 8, context: 6 },
])(
  'each of $streams streams begins $context characters before its segment: $N characters',
  async ({ N, streams, context }) => {
    const [before, text] = [ids(context), ids(N)];
    const length = Math.ceil(N / streams);
    const all = Int32Array.from([...before, ...text]);
    const expected = Array.from({ length: streams }, (_, s) =>
      s * length >= N
        ? []
        : oneByOne(all.slice(s * length, s * length + context), text.slice(s * length, (s + 1) * length)),
    );
    expectClose(await negativeLogLikelihoods(model, backend, text, { context: before, streams }), expected.flat());
  },
);
