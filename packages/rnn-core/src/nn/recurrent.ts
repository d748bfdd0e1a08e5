import type { Kernels, Ptr } from '../backend/backend.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import { concat } from '../ops/concat.ts';
import { dropout as dropped, lockedDropout } from '../ops/dropout.ts';
import { embedding } from '../ops/embedding.ts';
import { linear } from '../ops/linear.ts';
import {
  gruSequence,
  type LstmSequence,
  lstmSequence,
  rnnSequence,
  type Sequence,
  type SequenceOptions,
} from '../ops/recurrent.ts';
import { maskTime } from '../ops/time.ts';
import type { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, Tensor } from '../tensor/tensor.ts';
import type { GateLookup, Lookup } from './embedding.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import type { Initializer, Param } from './parameters.ts';
import { AliveRows } from './valid-rows.ts';

export interface RecurrentConfig {
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** L, 1 by default. */
  readonly layers?: number;
  readonly bidirectional?: boolean;
  /** Share dropped between layers, one mask for all of time. */
  readonly dropout?: number;
  /** Share of the recurrent weights dropped, one mask for all of time (“DropConnect”; Merity, Keskar, Socher 2018). */
  readonly weightDropout?: number;
  /** Of the recurrent weights. Default: uniform in ±1/√H, as torch, like all the others. */
  readonly recurrentInitializer?: Initializer;
  /** Of the hidden biases. */
  readonly biasInitializer?: Initializer;
}

/** One layer in one direction, in torch's layout; G gates stand in blocks of H rows. */
export interface Direction {
  readonly weightIh: Param; // [G·H, I]
  readonly weightHh: Param; // [G·H, H]
  readonly biasIh: Param; //   [G·H]
  readonly biasHh: Param; //   [G·H]
}

/** What a sequence op takes of a {@link Direction}: the weights as this step has them. */
export interface HiddenWeights {
  readonly weightHh: Tensor;
  readonly biasHh: Tensor;
}

/** Where a layer in one direction stands; an LSTM has a cell beside its hidden state. */
export interface LayerState {
  readonly h: Tensor; //  [B, H]
  readonly c?: Tensor; // [B, H]
}

/** One entry per layer and direction: l0, l0 reversed, l1, … */
export type State = readonly LayerState[];

/** Where one step of one entry finds its numbers: the state, and the two shares of the gates. */
export interface StepPlaces {
  readonly h: Ptr; //  [H]
  readonly c: Ptr; //  [H], of an LSTM
  readonly xg: Ptr; // [G·H], x·W_ihᵀ + b_ih
  readonly a: Ptr; //  [G·H], h·W_hhᵀ + b_hh
}

export interface RecurrentInput {
  /** Where the previous window ended; zeros by default. */
  readonly state?: State | undefined;
  /** Real steps of each batch entry, [B]. */
  readonly lengths?: Int32Array | undefined;
  /** The stream of this step, for dropout between layers; none at evaluation. */
  readonly rng?: Rng | undefined;
}

export interface RecurrentOutput {
  /** [T, B, D·H], the last layer after every step, zero beyond each entry's length. */
  readonly y: Tensor;
  /** After the last real step of each entry. */
  readonly state: State;
  /** Every layer's sequence, for those who want to look inside. */
  readonly sequences: readonly (Sequence | LstmSequence)[];
}

/**
 * A recurrent network over time-major input: layers, directions, dropout between them. What one cell does in one
 * direction is the subclass's. Parameters have torch's names, shapes and both of its biases, so that a file goes both
 * ways and a training step is torch's, number for number.
 */
export abstract class Recurrent extends Module {
  readonly config: Required<Omit<RecurrentConfig, 'recurrentInitializer' | 'biasInitializer'>>;
  readonly directions: readonly Direction[];

  /** @throws ConfigError when a size is not a positive whole number, or a share is not in [0, 1) */
  constructor(config: RecurrentConfig, gates: number) {
    super();
    const { inputSize, hiddenSize: H, layers = 1, bidirectional = false, dropout = 0, weightDropout = 0 } = config;
    for (const [name, value] of Object.entries({ inputSize, hiddenSize: H, layers }))
      if (!Number.isInteger(value) || value < 1)
        throw new ConfigError(`${new.target.name}: ${name} must be a positive whole number, got ${value}`);
    for (const [name, share] of Object.entries({ dropout, weightDropout }))
      if (!(share >= 0 && share < 1))
        throw new ConfigError(`${new.target.name}: ${name} must be in [0, 1), got ${share}`);
    this.config = { inputSize, hiddenSize: H, layers, bidirectional, dropout, weightDropout };
    const initializer = uniform(1 / Math.sqrt(H));
    const { recurrentInitializer = initializer, biasInitializer = initializer } = config;
    const suffixes = bidirectional ? ['', '_reverse'] : [''];
    this.directions = Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
      suffixes.map((suffix) => {
        const I = layer === 0 ? inputSize : H * suffixes.length;
        const name = `l${layer}${suffix}`;
        return {
          weightIh: this.param(`weight_ih_${name}`, [gates * H, I], initializer),
          weightHh: this.param(`weight_hh_${name}`, [gates * H, H], recurrentInitializer),
          biasIh: this.param(`bias_ih_${name}`, [gates * H], initializer),
          biasHh: this.param(`bias_hh_${name}`, [gates * H], biasInitializer),
        };
      }),
    );
  }

  /** One direction over a whole sequence; `xg`, the input's share of the gates, is consumed. */
  protected abstract run(
    xg: Tensor,
    weights: HiddenWeights,
    state: LayerState,
    options: SequenceOptions,
  ): Sequence | LstmSequence;

  /** One step of one entry, its state changed in place; see {@link Stepper}. */
  abstract step(k: Kernels, places: StepPlaces): void;

  /**
   * A zero state for B entries, as long-lived as the open tape. For truncated back-propagation through time open a tape
   * around the loop, take the state from it, and {@link carryState} each step's last state into it.
   */
  zeroState(B: number): State {
    return this.directions.map(() => this.zeroLayer(B));
  }

  protected zeroLayer(B: number): LayerState {
    return { h: zeros([B, this.config.hiddenSize]) };
  }

  /**
   * What the lowest layer makes of its input before it knows its state, x·W_ihᵀ + b of each direction, for those who read
   * the same rows again and again: {@link GateLookup}.
   *
   * @param x [..., I]
   * @returns [..., G·H] a direction
   */
  project(x: Tensor): Tensor[] {
    return this.directions
      .slice(0, this.config.bidirectional ? 2 : 1)
      .map(({ weightIh, biasIh }) => linear(x, weightIh, biasIh));
  }

  /**
   * @param x [T, B, I], or ids looked up in a table [V, I], or in what {@link project} made of one
   * @throws ShapeError when x or the state does not fit
   */
  forward(x: Tensor | Lookup | GateLookup, { state, lengths, rng }: RecurrentInput = {}): RecurrentOutput {
    const { inputSize, bidirectional, dropout, weightDropout } = this.config;
    const where = `${this.constructor.name}.forward`;
    const { T, B } =
      x instanceof Tensor ? axes(`${where}: x`, x, 'T B I', { I: inputSize }) : axes(`${where}: ids`, x.ids, 'T B');
    const perLayer = bidirectional ? 2 : 1;
    const initial = state ?? this.zeroState(B);
    if (initial.length !== this.directions.length)
      throw new ShapeError(`${where}: state must have ${this.directions.length} entries, got ${initial.length}`);
    const sequences: (Sequence | LstmSequence)[] = [];
    const alive = lengths && AliveRows.of(lengths, T);
    // Masked, so that not even a NaN in the padding reaches a gradient: 0·NaN is one.
    let input = x instanceof Tensor && lengths && !alive ? maskTime(x, lengths) : x;
    for (let from = 0; from < this.directions.length; from += perLayer) {
      if (from > 0 && input instanceof Tensor)
        input = lockedDropout(input, dropout, rng?.split(`layer ${from / perLayer}`));
      const project = projectionOf(input, T * B, alive);
      const both = this.directions.slice(from, from + perLayer).map((weights, d) => {
        const xg = project(weights, d);
        const weightHh = dropped(weights.weightHh, weightDropout, rng?.split(`weights ${from + d}`));
        return this.run(xg, { weightHh, biasHh: weights.biasHh }, initial[from + d] as LayerState, {
          lengths,
          reverse: d === 1,
        });
      });
      sequences.push(...both);
      const ys = both.map(({ y }) => (lengths ? maskTime(y, lengths) : y));
      input = ys.length === 1 ? (ys[0] as Tensor) : concat(ys);
    }
    return { y: input as Tensor, state: sequences.map(stateOf), sequences };
  }
}

/** Copies a state over that of the previous step when this step ends. */
export function carryState(from: State, into: State): void {
  const tape = Tape.current;
  for (const [k, { h, c }] of from.entries()) {
    const target = into[k] as LayerState;
    tape.carry(h, target.h);
    if (c && target.c) tape.carry(c, target.c);
  }
}

/** x·W_ihᵀ + b of direction d for every step at once, [T, B, G·H]. */
type Projection = (weights: Direction, d: number) => Tensor;

/**
 * What both directions multiply is looked up once. A table with fewer rows than there are steps is multiplied first;
 * otherwise the padding is left out where there is enough of it.
 */
function projectionOf(x: Tensor | Lookup | GateLookup, steps: number, alive: AliveRows | undefined): Projection {
  if ('gates' in x) return (_, d) => embedding(x.gates[d] as Tensor, x.ids);
  if (!(x instanceof Tensor) && (x.table.shape[0] as number) < steps)
    return ({ weightIh, biasIh }) => embedding(linear(x.table, weightIh, biasIh), x.ids);
  if (!alive) {
    const rows = x instanceof Tensor ? x : embedding(x.table, x.ids);
    return ({ weightIh, biasIh }) => linear(rows, weightIh, biasIh);
  }
  const rows = x instanceof Tensor ? alive.gather(x) : embedding(x.table, alive.gatherIds(x.ids));
  return ({ weightIh, biasIh }) => alive.spread(linear(rows, weightIh, biasIh));
}

function stateOf(sequence: Sequence | LstmSequence): LayerState {
  return 'lastCell' in sequence ? { h: sequence.last, c: sequence.lastCell } : { h: sequence.last };
}

function zeros(shape: readonly number[]): Tensor {
  const tape = Tape.current;
  const x = tape.tensor('zeros', shape);
  tape.kernels.fill(x.ptr, 0, x.size);
  return x;
}

/** Vanilla RNN. Source: Elman 1990; torch.nn.RNN. Equations: {@link rnnSequence}. */
export class Rnn extends Recurrent {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(config: RecurrentConfig & { readonly nonlinearity?: 'tanh' | 'relu' }) {
    super(config, 1);
    this.nonlinearity = config.nonlinearity ?? 'tanh';
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h }: LayerState,
    options: SequenceOptions,
  ): Sequence {
    return rnnSequence(xg, weightHh, biasHh, h, this.nonlinearity, options);
  }

  override step(k: Kernels, { h, xg, a }: StepPlaces): void {
    k.rnnStep(h, xg, a, this.config.hiddenSize, this.nonlinearity === 'relu' ? 1 : 0);
  }
}

/** GRU, gate blocks r z n. Source: Cho et al. 2014; torch.nn.GRU. Equations: {@link gruSequence}. */
export class Gru extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 3);
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h }: LayerState,
    options: SequenceOptions,
  ): Sequence {
    return gruSequence(xg, weightHh, biasHh, h, options);
  }

  override step(k: Kernels, { h, xg, a }: StepPlaces): void {
    k.gruStep(h, xg, a, this.config.hiddenSize);
  }
}

/** LSTM, gate blocks i f g o. Source: Hochreiter & Schmidhuber 1997; torch.nn.LSTM. Equations: {@link lstmSequence}. */
export class Lstm extends Recurrent {
  constructor(config: RecurrentConfig) {
    super(config, 4);
  }

  protected override zeroLayer(B: number): LayerState {
    return { ...super.zeroLayer(B), c: zeros([B, this.config.hiddenSize]) };
  }

  protected override run(
    xg: Tensor,
    { weightHh, biasHh }: HiddenWeights,
    { h, c }: LayerState,
    options: SequenceOptions,
  ): Sequence {
    if (!c) throw new ConfigError('Lstm.forward: state must have a cell c beside h, got h alone');
    return lstmSequence(xg, weightHh, biasHh, h, c, options);
  }

  override step(k: Kernels, { h, c, xg, a }: StepPlaces): void {
    k.lstmStep(h, c, xg, a, this.config.hiddenSize);
  }
}
