import { expect, test } from 'vitest';
import { dropout, lockedDropout } from '../ops/dropout.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { philox, Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { Lstm } from './cells.ts';
import { Dropout } from './dropout.ts';
import { LayerNorm } from './layer-norm.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { Parameters } from './parameters.ts';
import { carryState } from './recurrent.ts';

const backend = createReferenceBackend();

class Model extends Module {
  readonly encoder = new Lstm({ inputSize: 2, hiddenSize: 3, numLayers: 2, bidirectional: true });
  readonly norm = new LayerNorm({ normalizedShape: 6 });
  readonly head = new Linear({ inFeatures: 6, outFeatures: 2 });
}

test('parameters have the names and shapes they have in torch', () => {
  const model = new Model();
  expect(Array.from(model.namedParameters(), ([name, { shape }]) => `${name} ${shape.join('×')}`)).toEqual([
    ...['l0', 'l0_reverse', 'l1', 'l1_reverse'].flatMap((layer, k) => [
      `encoder.weight_ih_${layer} 12×${k < 2 ? 2 : 6}`,
      `encoder.weight_hh_${layer} 12×3`,
      `encoder.bias_ih_${layer} 12`,
      `encoder.bias_hh_${layer} 12`,
    ]),
    'norm.weight 6',
    'norm.bias 6',
    'head.weight 2×6',
    'head.bias 2',
  ]);
  expect(model.parameterCount).toBe(2 * 12 * (2 + 3 + 2) + 2 * 12 * (6 + 3 + 2) + 12 + 14);
});

test('a dropout mask is what the contract says: words of Philox against the threshold', () => {
  using tape = new Tape(backend);
  const [N, keep] = [11, 0.7];
  const rng = Rng.seeded(3);
  const y = dropout(tape.constant(new Array(N).fill(1), [N]), 1 - keep, rng).toArray();
  const words = [0, 1, 2].flatMap((block) => [...philox([block, 0, 0, 0], rng.key)]).slice(0, N);
  expect([...y]).toEqual(words.map((word) => Math.fround(word / 2 ** 32 < keep ? 1 / keep : 0)));
});

test('dropout keeps the fraction it should, and the mean', () => {
  using tape = new Tape(backend);
  const N = 20_000;
  const y = dropout(tape.constant(new Array(N).fill(1), [N]), 0.25, Rng.seeded(4)).toArray();
  const kept = y.filter((value) => value > 0).length;
  expect(Math.abs(kept / N - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / N));
  expect(new Set(y)).toEqual(new Set([0, Math.fround(4 / 3)]));
});

test('locked dropout has one mask for all of time, and none at evaluation', () => {
  using tape = new Tape(backend);
  const x = tape.constant(new Array(60).fill(1), [3, 20]);
  const y = lockedDropout(x, 0.5, Rng.seeded(5));
  expect(y.row(1).toArray()).toEqual(y.row(0).toArray());
  expect(y.row(2).toArray()).toEqual(y.row(0).toArray());
  expect(new Set(y.toArray())).toEqual(new Set([0, 2]));
  expect(new Dropout({ p: 0.5, locked: true }).forward(x)).toBe(x);
  expect(new Dropout({ p: 0 }).forward(x, Rng.seeded(1))).toBe(x);
});

test('a window after a window, the state carried, is one long window', () => {
  const model = new Lstm({ inputSize: 2, hiddenSize: 3, numLayers: 2 });
  Parameters.create(model, backend, Rng.seeded(1));
  const [T, B] = [6, 2];
  const numbers = Float64Array.from({ length: T * B * 2 }, (_, k) => Math.cos(k));
  using outer = new Tape(backend);
  const whole = model.forward(outer.constant(numbers, [T, B, 2])).y.toArray();
  const state = model.zeroState(B);
  const pieces = [0, 1, 2].flatMap((window) => {
    using tape = new Tape(backend);
    const from = (window * T * B * 2) / 3;
    const x = tape.constant(numbers.subarray(from, from + (T * B * 2) / 3), [T / 3, B, 2]);
    const out = model.forward(x, { state });
    carryState(out.state, state);
    return [...out.y.toArray()];
  });
  expect(pieces).toEqual([...whole]);
});

test('dropout of a layer and of weights acts in training alone, differently at every step', () => {
  const model = new Lstm({ inputSize: 2, hiddenSize: 8, numLayers: 2, dropout: 0.5, weightDropout: 0.5 });
  Parameters.create(model, backend, Rng.seeded(1));
  const run = (rng?: Rng): string => {
    using tape = new Tape(backend);
    return model
      .forward(tape.constant([1, 2], [1, 1, 2]), { rng })
      .y.toArray()
      .join();
  };
  const rng = Rng.seeded(2);
  expect(run()).toBe(run());
  expect(run(rng.split(1))).toBe(run(rng.split(1)));
  expect(new Set([run(), run(rng.split(1)), run(rng.split(2))]).size).toBe(3);
});
