import {
  createReferenceBackend,
  Linear,
  Lstm,
  type Module,
  Parameters,
  Rng,
  Rnn,
  saveWeights,
  Tape,
} from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { createGolden } from './golden-model.fixture.ts';
import { loadStateDict, saveStateDict } from './state-dict.ts';

const backend = createReferenceBackend();

function withMemory<M extends Module>(model: M): M {
  Parameters.create(model, backend, Rng.seeded(1));
  return model;
}

/** A file of tensors of ones. */
function fileOf(shapes: Readonly<Record<string, readonly number[]>>, value = 1): Uint8Array {
  using tape = new Tape(backend);
  return saveWeights(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      return [name, tape.constant(new Array(size).fill(value), shape)] as const;
    }),
  );
}

const RNN = { weight_ih_l0: [2, 3], weight_hh_l0: [2, 2], bias_ih_l0: [2], bias_hh_l0: [2] };
const prefixed = (prefix: string, shapes: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [prefix + name, shape]));

describe('names', () => {
  test('a whole model is loaded by patterns and saved under the names that it came with', () => {
    const names = { 'model.embed.*': 'embedding.*', 'model.rnn.*': 'encoder.*', '*.steps': null, 'model.*': '*' };
    const kind = { cell: 'lstm', bidirectional: true, bias: true } as const;
    const [{ model }, { model: other }] = [createGolden(kind, 1), createGolden(kind, 2)];
    const theirs = saveStateDict(model, { names });
    loadStateDict(other, theirs, { names });
    expect(saveStateDict(other)).toEqual(saveStateDict(model));
    expect(saveStateDict(other, { names })).toEqual(theirs);
    expect(Buffer.from(theirs).toString('latin1')).toContain('"model.rnn.weight_ih_l1_reverse"');
  });

  test('null leaves a name out', () => {
    const model = withMemory(new Rnn({ inputSize: 3, hiddenSize: 2 }));
    loadStateDict(model, fileOf({ ...RNN, position_ids: [4] }), { names: { position_ids: null } });
    expect(model.directions[0]?.biasHh?.toArray()).toEqual(Float32Array.of(1, 1));
  });

  test('weights that are tied there are loaded once, and written under both names', () => {
    const model = withMemory(new Rnn({ inputSize: 3, hiddenSize: 2 }));
    const tied = { names: { 'a.*': '*', 'b.*': '*' } };
    const file = fileOf({ ...prefixed('a.', RNN), ...prefixed('b.', RNN) });
    loadStateDict(model, file, tied);
    expect(saveStateDict(model, tied)).toEqual(file);
  });

  test('a parameter without a name in the file is an error', () => {
    const model = withMemory(new Rnn({ inputSize: 3, hiddenSize: 2, bias: false }));
    expect(() => saveStateDict(model, { names: { weight_ih_l0: 'other' } })).toThrow(
      'names: every parameter must have a name in the file, got none for weight_ih_l0',
    );
  });
});

test('what is missing, unknown, of another shape or of two values is named in one error, and nothing is changed', () => {
  const model = withMemory(new Rnn({ inputSize: 3, hiddenSize: 2 }));
  const before = saveStateDict(model);
  const file = fileOf({ 'x.weight_ih_l0': [2, 4], 'x.weight_hh_l0': [2, 2], 'head.weight': [1], bias_ih_l0: [2] });
  expect(() => loadStateDict(model, file, { names: { 'x.*': '*' }, where: 'lm.safetensors' })).toThrow(
    'lm.safetensors: parameters must be those of the model, got missing: bias_hh_l0 [2]; unknown: head.weight [1]; of ' +
      'another shape: x.weight_ih_l0 (here weight_ih_l0) must be [2, 3], got [2, 4]; map names with `names`, in which null leaves one out',
  );
  expect(saveStateDict(model)).toEqual(before);
});

test('two names of one parameter must have the same values', () => {
  const model = withMemory(new Linear({ inFeatures: 1, outFeatures: 1, bias: false }));
  using tape = new Tape(backend);
  const file = saveWeights([1, 2].map((value) => [`${value}.weight`, tape.constant([value], [1, 1])]));
  expect(() => loadStateDict(model, file, { names: { '1.*': '*', '2.*': '*' }, where: 'f' })).toThrow(
    'f: parameters must be those of the model, got one parameter here, with other values than the one before: 2.weight (here weight); map',
  );
});

test('an LSTM with projections is refused with the reason', () => {
  const model = withMemory(new Lstm({ inputSize: 3, hiddenSize: 2 }));
  expect(() => loadStateDict(model, fileOf({ weight_hr_l0: [1, 2] }), { where: 'f' })).toThrow(
    'f: an LSTM must have no projections, got weight_hr_l0; the LSTM here outputs its hidden state itself, train one without proj_size',
  );
});

test('a value that is no number is refused', () => {
  const model = withMemory(new Rnn({ inputSize: 3, hiddenSize: 2 }));
  expect(() => loadStateDict(model, fileOf(RNN, Number.NaN), { where: 'f' })).toThrow(
    'f: weight_ih_l0 must be finite, got NaN at index 0',
  );
});
