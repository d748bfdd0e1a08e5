import type { Kernels, Ptr } from '../backend/backend.ts';
import { ConfigError, ShapeError } from '../errors.ts';
import { concat } from '../ops/concat.ts';
import { dropout, lockedDropout } from '../ops/dropout.ts';
import { embedding, lookupOf } from '../ops/embedding.ts';
import { linear } from '../ops/linear.ts';
import type { CellSequence, Sequence, SequenceOptions } from '../ops/sequence.ts';
import { maskTime } from '../ops/time.ts';
import type { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Ids, type Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module, snakeCase } from './module.ts';
import { type Initializer, Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';
import { ValidRows } from './valid-rows.ts';

/** Of {@link Recurrent} and every cell; names as in torch.nn.LSTM. */
export interface RecurrentConfig {
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** L. Default: 1. */
  readonly numLayers?: number;
  /** Default: false. */
  readonly bidirectional?: boolean;
  /** Whether the gates have biases. Default: true. */
  readonly bias?: boolean;
  /** Dropout probability between layers, one mask for all time steps. Default: 0. */
  readonly dropout?: number;
  /** Dropout probability of the recurrent weights (“DropConnect”; Merity, Keskar, Socher 2018). Default: 0. */
  readonly weightDropout?: number;
  /** Of the recurrent weights. Default: uniform in ±1/√H, as torch, like all the others. */
  readonly recurrentInitializer?: Initializer;
  /** Of the hidden biases or, of a cell without them, of its only ones. */
  readonly biasInitializer?: Initializer;
}

/** The parameters of one layer in one direction, in torch's layout: the gates are G blocks of H rows. */
export interface Direction {
  readonly weightIh: Param; //           [G·H, I]; of an SRU with I = H [3·H, I]
  readonly weightHh: Param | undefined; // [G·H, H]; of an SRU [2·H]; of a minGRU and minLSTM none
  readonly biasIh: Param | undefined; // [G·H]; of an SRU none
  readonly biasHh: Param | undefined; // [G·H]; of an SRU [2·H]; of a minGRU and minLSTM none
}

/** What a cell with recurrent weights takes of a {@link Direction}: the weights as this step has them. */
export interface HiddenWeights {
  readonly weightHh: Tensor;
  readonly biasHh: Tensor | undefined;
}

/**
 * The state of one layer in one direction; an LSTM, an sLSTM and an SRU have a cell beside the hidden state. A model keeps here
 * what a {@link CausalConv1d} before the layer needs, too.
 */
export interface LayerState {
  readonly h: Tensor; //  [B, H]
  readonly c?: Tensor; // [B, H]; of an sLSTM [B, 2H]
  readonly x?: Tensor; // [B, K-1, I], the last inputs of a convolution
}

/** One entry per layer and direction: l0, l0 reversed, l1, … */
export type State = readonly LayerState[];

/** The memory of one time step of one layer and one batch entry: the state, and both parts of the gates. */
export interface StepBuffers {
  readonly h: Ptr; //  [H]
  readonly c: Ptr; //  [H], of an LSTM and SRU; [2H], of an sLSTM
  readonly xg: Ptr; // [G·H], x·W_ihᵀ + b_ih
  readonly a: Ptr; //  [G·H], h·W_hhᵀ + b_hh, of a cell with that product
  readonly w: Ptr; //  [2·H], w_hh of an SRU
  readonly bias: Ptr; // [2·H], b_hh of an SRU
}

/** What {@link Recurrent.forward} takes beside the sequence. */
export interface RecurrentInput {
  /** The state before the first step, such as where the previous window ended; zeros by default. */
  readonly state?: State | undefined;
  /** Valid (unpadded) steps of each batch entry, [B]. */
  readonly lengths?: Int32Array | undefined;
  /** The random stream of this step, for dropout; leave it out at evaluation. */
  readonly rng?: Rng | undefined;
}

/** What {@link Recurrent.forward} returns. */
export interface RecurrentOutput {
  /** [T, B, D·H], the last layer after every step, zero beyond each entry's length. */
  readonly y: Tensor;
  /** After the last valid step of each entry. */
  readonly state: State;
  /** Every layer's sequence, to inspect. */
  readonly sequences: readonly (Sequence | CellSequence)[];
}

/**
 * Input projections of rows that are looked up again and again, computed once by {@link Recurrent.projectInput}: for
 * inference, where the weights no longer change.
 */
export interface CachedInputProjections {
  /** [V, G·H], one per direction. */
  readonly projections: readonly Tensor[];
  /** [T, B], each in [0, V). */
  readonly ids: Ids;
}

/** What a cell is made of besides its gates. */
interface CellStructure {
  /** What meets the previous state: a matrix W_hh for every gate, a vector for two of them, or nothing. */
  readonly recurrentWeights?: 'matrix' | 'vector' | 'none';
  /** Whether the last block of the gates is the input itself, projected only where it is not of size H. */
  readonly highway?: boolean;
  /** Blocks of H in the cell beside the hidden state; 0, the default, where there is none. */
  readonly cellBlocks?: 0 | 1 | 2;
}

/**
 * A recurrent network over time-major input: layers, directions, dropout between them. What one cell computes in one
 * direction is the subclass's. Parameters have torch's names (`weight_ih_l0`, `bias_hh_l1_reverse`), its shapes and both of
 * its biases, so that a file goes both ways and a training step is torch's, number for number.
 */
export abstract class Recurrent extends Module {
  readonly config: Required<Omit<RecurrentConfig, 'recurrentInitializer' | 'biasInitializer'>>;
  readonly directions: readonly Direction[];
  /** G: the blocks of H of what a layer computes of its input for every step at once. */
  readonly gates: number;
  /** C: the numbers of the cell beside the hidden state, 0 where there is none. */
  readonly cellSize: number;

  /**
   * @param gates G
   * @throws ConfigError when a size is not a positive whole number, a probability is not in [0, 1), or an option is of the
   * recurrent matrix and there is none
   */
  constructor(
    config: RecurrentConfig,
    gates: number,
    { recurrentWeights = 'matrix', highway = false, cellBlocks = 0 }: CellStructure = {},
  ) {
    super();
    const { inputSize, hiddenSize: H, numLayers = 1, bidirectional = false, bias = true } = config;
    const { dropout = 0, weightDropout = 0 } = config;
    checkSizes(new.target.name, { inputSize, hiddenSize: H, numLayers });
    for (const [name, p] of Object.entries({ dropout, weightDropout }))
      if (!(p >= 0 && p < 1)) throw new ConfigError(`${new.target.name}: ${name} must be in [0, 1), got ${p}`);
    for (const option of ['weightDropout', 'recurrentInitializer'] as const)
      if (recurrentWeights !== 'matrix' && config[option])
        throw new ConfigError(`${new.target.name}: ${option} must not be given; the cell has no recurrent matrix`);
    this.gates = gates;
    this.cellSize = cellBlocks * H;
    this.config = { inputSize, hiddenSize: H, numLayers, bidirectional, bias, dropout, weightDropout };
    const initializer = uniform(1 / Math.sqrt(H));
    const { recurrentInitializer = initializer, biasInitializer = initializer } = config;
    const D = bidirectional ? 2 : 1;
    const [hidden, input] = { matrix: [gates, gates], vector: [2, 0], none: [0, gates] }[recurrentWeights] as [
      number,
      number,
    ];
    this.directions = Array.from({ length: numLayers * D }, (_, k) => {
      const I = k < D ? inputSize : D * H;
      const projected = highway && I === H ? gates - 1 : gates;
      return {
        weightIh: new Param([projected * H, I], initializer, {
          matrices: recurrentWeights === 'matrix' ? 0 : projected,
        }),
        weightHh: hidden
          ? recurrentWeights === 'matrix'
            ? new Param([hidden * H, H], recurrentInitializer, { matrices: hidden })
            : new Param([hidden * H], recurrentInitializer)
          : undefined,
        biasIh: bias && input ? new Param([input * H], hidden ? initializer : biasInitializer) : undefined,
        biasHh: bias && hidden ? new Param([hidden * H], biasInitializer) : undefined,
      };
    });
  }

  /** `weight_ih_l0`, and of a reversed direction `weight_ih_l0_reverse`. */
  protected override *namedFields(): Generator<readonly [string, unknown]> {
    const D = this.#perLayer;
    for (const [k, direction] of this.directions.entries()) {
      const layer = `l${Math.floor(k / D)}${k % D === 1 ? '_reverse' : ''}`;
      for (const [field, param] of Object.entries(direction)) yield [`${snakeCase(field)}_${layer}`, param];
    }
  }

  /**
   * One direction over a whole sequence; `xg`, the input's part of the gates, is consumed.
   * @param weights of a cell with recurrent weights; undefined for the others
   */
  protected abstract run(
    xg: Tensor,
    weights: HiddenWeights,
    state: LayerState,
    options: SequenceOptions,
  ): Sequence | CellSequence;

  /** One time step of one batch entry, its state changed in place; see {@link StepBuilder.recurrent}. */
  abstract step(k: Kernels, buffers: StepBuffers): void;

  /**
   * A zero state for B entries, as long-lived as the open tape. For truncated back-propagation through time open a tape
   * around the loop, take the state from it, and {@link carryState} each step's last state into it.
   */
  zeroState(B: number): State {
    const tape = Tape.current;
    const { config, cellSize: C } = this;
    return this.directions.map(() => ({
      h: tape.zeros([B, config.hiddenSize]),
      ...(C > 0 && { c: tape.zeros([B, C]) }),
    }));
  }

  /**
   * The input projection of the lowest layer, x·W_ihᵀ + b_ih of each direction: what it computes before it knows its state.
   * See {@link CachedInputProjections}.
   *
   * @param x [..., I]
   * @returns [..., G·H], one per direction
   */
  projectInput(x: Tensor): Tensor[] {
    return this.directions.slice(0, this.#perLayer).map((weights) => this.#project(x, weights));
  }

  /** The input's part of the gates, [..., G·H]: x·W_ihᵀ + b_ih and, where W_ih lacks the highway's block, x beside it. */
  #project(x: Tensor, { weightIh, biasIh }: Direction): Tensor {
    const product = linear(x, weightIh, biasIh);
    return weightIh.shape[0] === this.gates * this.config.hiddenSize ? product : concat([product, x], -1);
  }

  /**
   * Where x comes from an {@link Embedding} with fewer rows than there are steps, the table is multiplied instead of x;
   * where there is enough padding, it is left out of the product. Neither changes what comes out.
   *
   * @param x [T, B, I]
   * @throws ShapeError when x or the state does not fit
   */
  forward(x: Tensor, input: RecurrentInput = {}): RecurrentOutput {
    const { T, B } = axes(`${this.constructor.name}.forward: x`, x, 'T B I', { I: this.config.inputSize });
    const { lengths } = input;
    const valid = lengths && ValidRows.of(lengths, T);
    // Masked, so that not even a NaN in the padding reaches a gradient: 0·NaN is one.
    const masked = lengths && !valid && !lookupOf(x) ? maskTime(x, lengths) : x;
    return this.#unroll(B, this.#projectionOf(masked, valid), input, valid);
  }

  /**
   * What {@link forward} gives for the rows `ids` of the input whose projections are cached.
   *
   * @throws ShapeError when the ids or the state do not fit
   */
  forwardCached({ projections, ids }: CachedInputProjections, input: RecurrentInput = {}): RecurrentOutput {
    const { T, B } = axes(`${this.constructor.name}.forwardCached: ids`, ids, 'T B');
    const valid = input.lengths && ValidRows.of(input.lengths, T);
    return this.#unroll(B, (_, d) => embedding(projections[d] as Tensor, ids), input, valid);
  }

  get #perLayer(): number {
    return this.config.bidirectional ? 2 : 1;
  }

  /** All layers over all of time. @param lowest the input projection of the lowest layer */
  #unroll(
    B: number,
    lowest: Projection,
    { state, lengths, rng }: RecurrentInput,
    valid: ValidRows | undefined,
  ): RecurrentOutput {
    const initial = state ?? this.zeroState(B);
    if (initial.length !== this.directions.length)
      throw new ShapeError(
        `${this.constructor.name}.forward: state must have ${this.directions.length} entries, got ${initial.length}`,
      );
    const { config } = this;
    const D = this.#perLayer;
    const sequences: (Sequence | CellSequence)[] = [];
    let y: Tensor | undefined;
    for (let from = 0; from < this.directions.length; from += D) {
      const x = y && lockedDropout(y, config.dropout, rng?.split(`layer ${from / D}`));
      const project = x ? this.#projectionOf(x, valid) : lowest;
      const both = this.directions.slice(from, from + D).map((weights, d) => {
        const xg = project(weights, d);
        const { weightHh, biasHh } = weights;
        const hidden = weightHh && {
          weightHh: dropout(weightHh, config.weightDropout, rng?.split(`weights ${from + d}`)),
          biasHh,
        };
        return this.run(xg, hidden as HiddenWeights, initial[from + d] as LayerState, {
          lengths,
          reverse: d === 1,
          name: weights.weightIh.storage.name.replace('weight_ih_', ''),
        });
      });
      sequences.push(...both);
      const ys = both.map((sequence) => (lengths ? maskTime(sequence.y, lengths) : sequence.y));
      y = ys.length === 1 ? (ys[0] as Tensor) : concat(ys, -1);
    }
    return { y: y as Tensor, state: sequences.map(stateOf), sequences };
  }

  /**
   * What both directions multiply is gathered once. An embedding table with fewer rows than there are steps is multiplied
   * before the lookup; otherwise the padding is left out where there is enough of it.
   */
  #projectionOf(x: Tensor, valid: ValidRows | undefined): Projection {
    const lookup = lookupOf(x);
    if (lookup && (lookup.table.shape[0] as number) < lookup.ids.values.length)
      return (weights) => embedding(this.#project(lookup.table, weights), lookup.ids);
    if (!valid) return (weights) => this.#project(x, weights);
    const rows = lookup ? embedding(lookup.table, valid.gatherIds(lookup.ids)) : valid.gather(x);
    return (weights) => valid.scatter(this.#project(rows, weights));
  }
}

/** Copies a state over that of the previous step when this step ends. */
export function carryState(from: State, into: State): void {
  const tape = Tape.current;
  for (const [k, { h, c, x }] of from.entries()) {
    const target = into[k] as LayerState;
    tape.carry(h, target.h);
    if (c && target.c) tape.carry(c, target.c);
    if (x && target.x) tape.carry(x, target.x);
  }
}

/** The input projection x·W_ihᵀ + b_ih of direction d for every step at once, [T, B, G·H]. */
type Projection = (weights: Direction, d: number) => Tensor;

function stateOf(sequence: Sequence | CellSequence): LayerState {
  return 'lastCell' in sequence ? { h: sequence.last, c: sequence.lastCell } : { h: sequence.last };
}
