import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import { add, mul, scale } from '../ops/elementwise.ts';
import { mean } from '../ops/reduce.ts';
import { Adam } from '../optim/adam.ts';
import { GradientClip } from '../optim/gradient-clip.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { expectClose, type Tolerance } from '../testing/close.ts';
import { cosines } from '../testing/cosines.ts';
import { soil } from '../testing/gradient-check.ts';
import { Gru, Lstm, MinGru, MinLstm, Rnn, Slstm, Sru } from './cells.ts';
import { Parameters } from './parameters.ts';
import { carryState, type Recurrent, type RecurrentConfig, type State } from './recurrent.ts';

// Sizes, formulas and the method of training are those of golden/recurrent.py.
const [T, B, I, H] = [4, 3, 2, 3];
const LENGTHS = Int32Array.of(4, 1, 3);
const [STEPS, LEARNING_RATE, CLIP_NORM] = [10, 0.05, 0.2];

interface Golden {
  readonly cell: 'tanh' | 'relu' | 'gru' | 'lstm' | 'slstm' | 'mingru' | 'minlstm' | 'sru';
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias?: boolean;
  readonly mode: 'zeros' | 'carried' | 'packed';
  readonly y: readonly number[];
  /** h, and c of an LSTM, sLSTM and SRU, [L·D, B, H] each; c of an sLSTM [L·D, B, 2H]. */
  readonly last: readonly (readonly number[])[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly losses: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/recurrent.json', import.meta.url), 'utf8'),
) as readonly Golden[];

const CELLS: Record<Golden['cell'], (config: RecurrentConfig) => Recurrent> = {
  tanh: (config) => new Rnn(config),
  relu: (config) => new Rnn({ ...config, nonlinearity: 'relu' }),
  gru: (config) => new Gru(config),
  lstm: (config) => new Lstm(config),
  slstm: (config) => new Slstm(config),
  mingru: (config) => new MinGru(config),
  minlstm: (config) => new MinLstm(config),
  sru: (config) => new Sru(config),
};

/** A model with the formula's numbers, and one way to run it. */
function setUp({ cell, layers, bidirectional, bias = true, mode }: Golden, backend: Backend) {
  const model = CELLS[cell]({ inputSize: I, hiddenSize: H, numLayers: layers, bidirectional, bias });
  const parameters = Parameters.create(model, backend, Rng.seeded(1));
  for (const [k, [, param]] of [...parameters].entries())
    param.view().set(cosines(param.shape, 0.3 * k).map((value) => 0.5 * value));

  const states = (tape: Tape): Record<'h' | 'c', Tensor> => {
    const state = (size: number, phase: number): Tensor => {
      const shape = [model.directions.length, B, size];
      return tape.constant(cosines(shape, phase), shape, { needsGrad: true });
    };
    return { h: state(H, 3), c: state(model.cellSize || H, 4) };
  };
  /** The state that is given: none, or the rows of two tensors. */
  const given = ({ h, c }: Record<'h' | 'c', Tensor>): State | undefined => {
    if (mode === 'zeros') return undefined;
    const hasCells = model.cellSize > 0;
    return model.directions.map((_, k) => (hasCells ? { h: h.row(k), c: c.row(k) } : { h: h.row(k) }));
  };
  const forward = (x: Tensor, state: State | undefined, tape: Tape) => {
    const out = model.forward(x, { state, lengths: mode === 'packed' ? LENGTHS : undefined });
    const target = tape.constant(
      cosines(out.y.shape, 2).map((value) => -value),
      out.y.shape,
    );
    const off = add(out.y, target);
    const last = (['h', 'c'] as const)
      .map((name) => out.state.flatMap((layer) => layer[name] ?? []))
      .filter((layers) => layers.length > 0);
    const squares = last.map((layers) => layers.map((h) => mean(mul(h, h))).reduce((a, b) => add(a, b)));
    const loss = squares
      .map((square) => scale(square, 1 / model.directions.length))
      .reduce((a, b) => add(a, b), mean(mul(off, off)));
    return { y: out.y, state: out.state, last, loss };
  };
  return { model, parameters, states, given, forward };
}

const precisions: readonly (readonly ['float32' | 'float64', Record<'value' | 'gradient' | 'loss', Tolerance>])[] = [
  [
    'float32',
    {
      value: { absolute: 1e-5 },
      gradient: { absolute: 1e-7, relative: 1e-4 },
      loss: { absolute: 1e-4 },
    },
  ],
  [
    'float64',
    {
      value: { absolute: 1e-9 },
      gradient: { absolute: 1e-9, relative: 1e-9 },
      loss: { absolute: 1e-8 },
    },
  ],
];

describe.each(precisions)('in %s', (precision, tolerance) => {
  test.each(golden)(
    '$cell, $layers layers, bidirectional: $bidirectional, bias: $bias, $mode: equals PyTorch',
    (wanted) => {
      const backend = createReferenceBackend({ precision });
      const { parameters, states, given, forward } = setUp(wanted, backend);
      soil(backend);
      using tape = new Tape(backend);
      const x = tape.constant(cosines([T, B, I], 1), [T, B, I], { needsGrad: true });
      const first = states(tape);
      const { y, last, loss } = forward(x, given(first), tape);

      expectClose('y', y.toArray(), wanted.y, tolerance.value);
      expect(last.length).toBe(wanted.last.length);
      for (const [k, layers] of last.entries())
        expectClose(
          `last ${'hc'[k]}`,
          layers.flatMap((h) => [...h.toArray()]),
          wanted.last[k]!,
          tolerance.value,
        );

      tape.grad(loss, parameters);
      const got: Record<string, Tensor | undefined> = {
        x: tape.gradient(x),
        h0: tape.gradient(first.h),
        c0: tape.gradient(first.c),
      };
      for (const [name, param] of parameters) got[name] = parameters.gradient(param);
      for (const [name, gradient] of Object.entries(wanted.gradients))
        expectClose(`gradient of ${name}`, got[name]!.toArray(), gradient, tolerance.gradient);
    },
  );

  test.each(golden)(
    '$cell, $layers layers, bidirectional: $bidirectional, bias: $bias, $mode: trains as PyTorch',
    (wanted) => {
      const backend = createReferenceBackend({ precision });
      const { parameters, states, given, forward } = setUp(wanted, backend);
      const optimizer = new Adam(parameters);
      const clip = new GradientClip({ norm: CLIP_NORM });
      using outer = new Tape(backend, { record: false });
      const state = given(states(outer));
      const losses = Array.from({ length: STEPS }, () => {
        using tape = new Tape(backend);
        const x = tape.constant(cosines([T, B, I], 1), [T, B, I]);
        const out = forward(x, state, tape);
        tape.grad(out.loss, parameters);
        optimizer.step(LEARNING_RATE, clip.apply(parameters).scale);
        if (state) carryState(out.state, state);
        return out.loss.item();
      });
      expectClose('losses', losses, wanted.losses, tolerance.loss);
      expect(clip.clippedSteps).toBeGreaterThanOrEqual(wanted.bias === false ? 0 : 1);
    },
  );
});
