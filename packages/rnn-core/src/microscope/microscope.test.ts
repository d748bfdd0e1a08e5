import { describe, expect, it } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import { Gru, Lstm, MinGru, MinLstm, Rnn, Slstm, Sru } from '../nn/cells.ts';
import { orthogonal } from '../nn/initializers.ts';
import { Parameters } from '../nn/parameters.ts';
import type { Recurrent, RecurrentConfig, State } from '../nn/recurrent.ts';
import { mul } from '../ops/elementwise.ts';
import { sum } from '../ops/reduce.ts';
import { GradientClip } from '../optim/gradient-clip.ts';
import { Sgd } from '../optim/sgd.ts';
import { createReferenceBackend } from '../reference/backend.ts';
import { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { diagnose } from './diagnosis.ts';
import { type GradientSnapshot, Microscope } from './microscope.ts';

const [T, B, I, H] = [30, 3, 2, 8];

interface Probed {
  readonly snapshot: GradientSnapshot;
  /** ∂L/∂ of every state and cell, as the tape has them. */
  readonly hidden: readonly number[];
}

interface ProbeOptions {
  readonly lengths?: Int32Array;
  /** Changes the weights after they were made. */
  readonly prepare?: (model: Recurrent) => void;
  /** Runs the sequence in so many pieces of equal length, each beginning where the last ended. */
  readonly pieces?: number;
  readonly size?: number;
}

/** One forward and backward pass over small random input, probed. */
function probe(model: Recurrent, { lengths, prepare, pieces = 1, size = 1e-6 }: ProbeOptions = {}): Probed {
  const backend: Backend = createReferenceBackend({ precision: 'float64' });
  const rng = Rng.seeded(7);
  const parameters = Parameters.create(model, backend, rng.split('weights'));
  prepare?.(model);
  const microscope = new Microscope({ parameters, every: 1 });
  using tape = new Tape(backend);
  const x = tape.constant(
    Float64Array.from({ length: T * B * I }, () => rng.normal() * size),
    [T, B, I],
  );
  let state: State | undefined;
  const losses: Tensor[] = [];
  const states: Tensor[] = [];
  for (let piece = 0; piece < pieces; piece++) {
    const out = model.forward(x.rows((piece * T) / pieces, ((piece + 1) * T) / pieces), { state, lengths });
    state = out.state;
    losses.push(out.y);
    states.push(out.sequences[0]!.states);
  }
  tape.grad(sum(losses.at(-1)!), parameters, { observer: microscope.at(1) });
  microscope.update(() => {});
  const gradient = tape.gradient(states[0]!)!;
  const hidden = Array.from({ length: gradient.shape[0]! }, (_, t) => Math.hypot(...gradient.row(t).toArray()));
  return { snapshot: microscope.snapshot()!, hidden };
}

const layer = ({ snapshot }: Probed) => snapshot.layers[0]!;

/** A matrix that moves each unit's number to the next unit: orthogonal, and positive, so that relu lets all of it pass. */
const cyclic = (gain: number) => (values: Float32Array | Float64Array) => {
  values.fill(0);
  for (let r = 0; r < H; r++) values[r * H + ((r + 1) % H)] = gain;
};

const zero = (tensor: Tensor) => tensor.view().fill(0);

describe('Microscope on constructed recurrences', () => {
  const cases = [
    { gain: 0.7, flow: 'vanishing', horizon: 12 }, // 0.7¹² = 0.0138, 0.7¹³ = 0.0097
    { gain: 1, flow: 'stable', horizon: undefined },
    { gain: 1.4, flow: 'exploding', horizon: undefined },
  ] as const;
  for (const { gain, flow, horizon } of cases) {
    for (const nonlinearity of ['tanh', 'relu'] as const) {
      it(`${nonlinearity}, ${gain} times an orthogonal matrix: a gradient is ${flow}`, () => {
        const recurrentInitializer = nonlinearity === 'tanh' ? orthogonal(gain) : cyclic(gain);
        const model = new Rnn({ inputSize: I, hiddenSize: H, nonlinearity, recurrentInitializer });
        const seen = probe(model, {
          prepare: ({ directions: [weights] }) => {
            zero(weights!.biasIh!);
            weights!.biasHh!.view().fill(nonlinearity === 'relu' ? 1 : 0); // relu: every unit works
          },
        });
        const { reach, spectrum, name } = layer(seen);
        expect(name).toBe('l0');
        expect(reach).toHaveLength(T + 1);
        for (const [k, left] of reach.entries()) expect(left / gain ** k).toBeCloseTo(1, 2);
        expect(spectrum['h']!.radius).toBeCloseTo(gain, 6);
        expect(spectrum['h']!.norm).toBeCloseTo(gain, 6);

        const diagnosis = diagnose([seen.snapshot]);
        expect(diagnosis.flow).toBe(flow);
        expect(diagnosis.layers[0]!.factor).toBeCloseTo(gain, 2);
        expect(diagnosis.layers[0]!.horizon).toBe(horizon);
        expect(diagnosis.text).toContain(`${gain.toFixed(2)} per step`);
      });
    }
  }

  it('says how far back a vanishing gradient reaches and what to try', () => {
    const model = new Rnn({ inputSize: I, hiddenSize: H, recurrentInitializer: orthogonal(0.71) });
    const { text } = diagnose([
      probe(model, { prepare: ({ directions: [w] }) => [w!.biasIh!, w!.biasHh!].forEach(zero) }).snapshot,
    ]);
    expect(text).toMatch(
      /^Gradients shrink by 0\.71 per step: less than 1 % arrives from more than 13 steps back\. Where the task needs what is further back, try GRU or LSTM/,
    );
  });

  it('an LSTM with forget gates at f keeps f of a cell gradient a step', () => {
    const model = new Lstm({ inputSize: I, hiddenSize: H });
    const prepare = ({ directions: [w] }: Recurrent) => {
      [w!.weightHh!, w!.biasIh!, w!.biasHh!].forEach(zero);
      w!.biasHh!.view().fill(Math.log(0.85 / 0.15), H, 2 * H); // σ = 0.85
    };
    const seen = layer(probe(model, { prepare }));
    for (const [k, left] of seen.reach.entries()) expect(left / 0.85 ** k).toBeCloseTo(1, 3);
    expect(seen.cells).toHaveLength(T + 1);
    // The loss is Σ y: each step adds the same share to the cell's gradient, and f of what was there before.
    const steady = seen.cells!.slice(1, 10);
    for (const value of steady) expect(value / steady[0]!).toBeCloseTo(1, 0);
    expect(seen.cells![T]! / steady[0]!).toBeCloseTo(0.15, 1); // 1 / (1 + 0.85 + 0.7225 + …)
    expect(seen.gates['forget']).toEqual({ shut: 0, open: 0 });
  });

  it('an sLSTM whose normaliser is steady, forget gates at f, keeps f of a cell gradient a step', () => {
    const model = new Slstm({ inputSize: I, hiddenSize: H });
    const prepare = ({ directions: [w] }: Recurrent) => {
      [w!.weightIh, w!.weightHh!, w!.biasIh!, w!.biasHh!].forEach(zero);
      w!.biasHh!.view().fill(Math.log(0.05), 0, H); // i = 1 - f: n stays 1
      w!.biasHh!.view().fill(Math.log(0.95 / 0.05), H, 2 * H);
    };
    const seen = layer(probe(model, { prepare }));
    for (const [k, left] of seen.reach.entries()) expect(left / 0.95 ** k).toBeCloseTo(1, 3);
    expect(seen.cells).toHaveLength(T + 1);
    expect(seen.gates).toEqual({
      input: { shut: 1, open: 0 },
      forget: { shut: 0, open: 1 },
      output: { shut: 0, open: 0 },
    });
    expect(Object.keys(seen.spectrum)).toEqual(['i', 'f', 'z', 'o']);
  });

  it('a GRU with update gates at z keeps z of a gradient a step', () => {
    const model = new Gru({ inputSize: I, hiddenSize: H });
    const prepare = ({ directions: [w] }: Recurrent) => {
      [w!.weightHh!, w!.biasIh!, w!.biasHh!].forEach(zero);
      w!.biasHh!.view().fill(Math.log(0.95 / 0.05), H, 2 * H);
    };
    const seen = layer(probe(model, { prepare }));
    for (const [k, left] of seen.reach.entries()) expect(left / 0.95 ** k).toBeCloseTo(1, 3);
    expect(seen.gates['update']).toEqual({ shut: 0, open: 1 });
    expect(seen.gates['reset']).toEqual({ shut: 0, open: 0 });
  });

  it('a minGRU with update gates at z keeps 1 - z of a gradient a step, and has no spectrum', () => {
    const model = new MinGru({ inputSize: I, hiddenSize: H });
    const prepare = ({ directions: [w] }: Recurrent) => {
      zero(w!.weightIh);
      w!.biasIh!.view().fill(Math.log(0.05 / 0.95), 0, H);
    };
    const seen = layer(probe(model, { prepare }));
    for (const [k, left] of seen.reach.entries()) expect(left / 0.95 ** k).toBeCloseTo(1, 3);
    expect(seen.gates).toEqual({ update: { shut: 1, open: 0 } });
    expect(seen.spectrum).toEqual({});
  });

  it('an SRU with forget gates at f keeps f of a cell gradient a step, and has no spectrum', () => {
    const model = new Sru({ inputSize: I, hiddenSize: H });
    const prepare = ({ directions: [w] }: Recurrent) => {
      [w!.weightIh, w!.weightHh!, w!.biasHh!].forEach(zero);
      w!.biasHh!.view().fill(Math.log(0.95 / 0.05), 0, H);
    };
    const seen = layer(probe(model, { prepare }));
    for (const [k, left] of seen.reach.entries()) expect(left / 0.95 ** k).toBeCloseTo(1, 3);
    expect(seen.cells).toHaveLength(T + 1);
    expect(seen.gates).toEqual({ forget: { shut: 0, open: 1 }, reset: { shut: 0, open: 0 } });
    expect(seen.spectrum).toEqual({});
  });
});

describe('Microscope', () => {
  const makers: Record<string, (config: RecurrentConfig) => Recurrent> = {
    tanh: (config) => new Rnn(config),
    relu: (config) => new Rnn({ ...config, nonlinearity: 'relu' }),
    gru: (config) => new Gru(config),
    lstm: (config) => new Lstm(config),
    slstm: (config) => new Slstm(config),
    mingru: (config) => new MinGru(config),
    minlstm: (config) => new MinLstm(config),
    sru: (config) => new Sru(config),
  };
  for (const [cell, make] of Object.entries(makers)) {
    it(`${cell}: ‖∂L/∂h_t‖ is the tape's, and probing changes no gradient`, () => {
      const model = make({ inputSize: I, hiddenSize: H });
      const seen = probe(model, { size: 1 });
      for (const [t, norm] of seen.hidden.entries()) // that of an SRU's h0, which no step reads, is 0
        expect(layer(seen).hidden[t]! / (norm || 1)).toBeCloseTo(norm ? 1 : 0, 3);
      expect(gradientsOf(make, true)).toEqual(gradientsOf(make, false));
    });

    it(`${cell}: a probe goes on through pieces as through the whole`, () => {
      const config = { inputSize: I, hiddenSize: H };
      const whole = layer(probe(make(config), { size: 1 }));
      const pieces = layer(probe(make(config), { size: 1, pieces: 5 }));
      expect(pieces.reach).toHaveLength(T + 1);
      for (const [k, left] of whole.reach.entries()) expect(pieces.reach[k]).toBeCloseTo(left, 10);
      expect(pieces.hidden).toHaveLength(T + 1);
    });

    it(`${cell}: padding is no distance, in either direction`, () => {
      const lengths = Int32Array.of(12, 12, 12);
      const { layers } = probe(make({ inputSize: I, hiddenSize: H, bidirectional: true }), {
        lengths,
        size: 1,
      }).snapshot;
      expect(layers.map(({ name }) => name)).toEqual(['l0', 'l0_reverse']);
      for (const { reach } of layers) {
        expect(reach).toHaveLength(13);
        expect(reach[0]).toBeCloseTo(1, 10);
        expect(reach[1]).not.toBeCloseTo(1, 3);
      }
    });

    it(`${cell}: padding is no shut gate`, () => {
      const { gates } = layer(probe(make({ inputSize: I, hiddenSize: H }), { lengths: Int32Array.of(4, 2, 1) }));
      for (const gate of Object.values(gates)) expect(gate).toStrictEqual({ shut: 0, open: 0 });
    });
  }

  it('takes no snapshot between the steps it probes', () => {
    const parameters = Parameters.create(
      new Rnn({ inputSize: I, hiddenSize: H }),
      createReferenceBackend(),
      Rng.seeded(1),
    );
    const microscope = new Microscope({ parameters, every: 10 });
    expect(microscope.at(9)).toBeUndefined();
    expect(microscope.snapshot()).toBeUndefined();
    expect(microscope.at(10)).toBeDefined();
    expect(microscope.snapshot()).toMatchObject({ step: 10, layers: [] });
  });

  it('measures by how much an update changes each parameter, and the fraction of clipped steps', () => {
    const backend = createReferenceBackend({ precision: 'float64' });
    const model = new Rnn({ inputSize: I, hiddenSize: H });
    const parameters = Parameters.create(model, backend, Rng.seeded(1));
    const clip = new GradientClip({ norm: 1e-3 });
    const microscope = new Microscope({ parameters, every: 1, clip });
    using tape = new Tape(backend);
    const x = tape.constant(new Float64Array(T * B * I).fill(1), [T, B, I]);
    const { y } = model.forward(x);
    const observer = microscope.at(1);
    tape.grad(sum(mul(y, y)), parameters, { observer });
    const { scale } = clip.apply(parameters);
    const weightHh = model.directions[0]!.weightHh!;
    const before = Math.hypot(...weightHh.toArray());
    const gradient = Math.hypot(...parameters.gradient(weightHh).toArray());
    microscope.update(() => new Sgd(parameters).step(0.5, scale));
    const snapshot = microscope.snapshot()!;
    expect(snapshot.updates['weight_hh_l0']! / ((0.5 * scale * gradient) / before)).toBeCloseTo(1, 3);
    expect(snapshot.clippedFraction).toBe(1);
    expect(diagnose([snapshot]).text).toContain('100 % of the steps were clipped');
  });

  it('finds dead relu units and saturated tanh units', () => {
    const bias = (value: number) => ({
      prepare: ({ directions: [w] }: Recurrent) => {
        [w!.weightHh!, w!.biasIh!].forEach(zero);
        w!
          .biasHh!.view()
          .fill(value, 0, H / 2)
          .fill(0.5, H / 2);
      },
    });
    expect(layer(probe(makers['relu']!({ inputSize: I, hiddenSize: H }), bias(-9))).units).toEqual({
      dead: 0.5,
      saturated: 0,
    });
    expect(layer(probe(makers['tanh']!({ inputSize: I, hiddenSize: H }), bias(9))).units).toEqual({
      dead: 0,
      saturated: 0.5,
    });
  });

  it('refuses an interval that is not a positive whole number', () => {
    const parameters = Parameters.create(
      new Rnn({ inputSize: I, hiddenSize: H }),
      createReferenceBackend(),
      Rng.seeded(1),
    );
    expect(() => new Microscope({ parameters, every: 0 })).toThrow(
      'Microscope: every must be a positive whole number, got 0',
    );
  });
});

function gradientsOf(make: (config: RecurrentConfig) => Recurrent, isObserved: boolean): Float32Array | Float64Array {
  const backend = createReferenceBackend();
  const model = make({ inputSize: I, hiddenSize: H, numLayers: 2 });
  const parameters = Parameters.create(model, backend, Rng.seeded(3));
  const microscope = new Microscope({ parameters, every: 1 });
  using tape = new Tape(backend);
  const x = tape.constant(new Float32Array(T * B * I).fill(0.5), [T, B, I]);
  const { y } = model.forward(x);
  tape.grad(sum(mul(y, y)), parameters, { observer: isObserved ? microscope.at(1) : undefined });
  return backend.heap.real(parameters.gradients, parameters.size).slice();
}
