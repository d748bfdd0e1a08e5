import type { Ptr } from '../backend/backend.ts';
import type { Real } from '../backend/heap.ts';
import { ConfigError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import type { GradientClip } from '../optim/gradient-clip.ts';
import { Rng } from '../rng.ts';
import type { Cell, ObservedSequence, SequenceObserver } from '../tensor/sequence-observer.ts';
import { Tape } from '../tensor/tape.ts';
import type { Storage } from '../tensor/tensor.ts';
import { blocksOf, type GateSaturation, gateSaturation, type UnitHealth, unitHealth } from './saturation.ts';
import { type Spectrum, spectrumOf } from './spectrum.ts';

/** One layer in one direction, at one training step. A type, since it must be JSON to the compiler. */
export type LayerSnapshot = {
  /** `rnn.l0`, `encoder.l1_reverse`. */
  readonly name: string;
  readonly cell: Cell;
  /** ‖∂L/∂h_t‖ over the batch: of the state before the first step, then after every step in the order of time. */
  readonly hidden: readonly number[];
  /** ‖∂L/∂c_t‖, likewise; of an LSTM, sLSTM or SRU. */
  readonly cells?: readonly number[];
  /**
   * What is left of a gradient k steps back from the last state, by the cell's recurrence alone: ‖(∂s_T/∂s_{T-k})ᵀ·v‖ over
   * that at k = 0, root mean square over the batch, v random. s is the state that carries: c of an LSTM, sLSTM or SRU, else h.
   */
  readonly reach: readonly number[];
  /** By the gate's name. */
  readonly gates: Readonly<Record<string, GateSaturation>>;
  readonly units: UnitHealth;
  /** Of each square block of the recurrent matrix: `h`, or the cell's gates in torch's letters; none without such a matrix. */
  readonly spectrum: Readonly<Record<string, Spectrum>>;
};

/** Gradients through time, gates, units and updates at one training step. */
export type GradientSnapshot = {
  readonly step: number;
  readonly layers: readonly LayerSnapshot[];
  /** ‖Δw‖ / ‖w‖ of the step's update, by parameter; near 0.001 is usual. */
  readonly updates: Readonly<Record<string, number>>;
  /** The fraction of steps so far that were clipped. */
  readonly clippedFraction: number;
};

/** Of {@link Microscope}. */
export interface MicroscopeConfig {
  readonly parameters: Parameters;
  /** Steps between two snapshots. */
  readonly every: number;
  readonly clip?: GradientClip | undefined;
}

const LETTERS: Readonly<Record<Cell, readonly string[]>> = {
  tanh: ['h'],
  relu: ['h'],
  gru: ['r', 'z', 'n'],
  lstm: ['i', 'f', 'g', 'o'],
  slstm: ['i', 'f', 'z', 'o'],
  mingru: [],
  minlstm: [],
  sru: [],
};

/** What is known of a layer while the gradient flows back through it, perhaps in several segments. */
interface View extends Omit<LayerSnapshot, 'hidden' | 'cells' | 'reach' | 'spectrum'> {
  hidden: number[];
  cells: number[];
  reach: number[];
  spectrum: Readonly<Record<string, Spectrum>>;
}

/** A probe that has reached the first state of a segment, and continues in the segment before. */
interface Probe {
  readonly view: View;
  readonly dh: Ptr;
  readonly dc: Ptr;
  readonly distance: number;
  /** [B], each entry's length at distance 0. */
  readonly scales: Float64Array;
}

/**
 * Inspects back-propagation through time: how far gradients reach, which gates and units are saturated, what the recurrent
 * matrix does to a state, by how much an update changes the weights. {@link diagnose} puts it into words.
 *
 *     const microscope = new Microscope({ parameters, every: 10 });
 *     …
 *     tape.grad(loss, parameters, { observer: microscope.at(step) });
 *     microscope.update(() => optimizer.step(rate));
 *     const snapshot = microscope.snapshot(); // undefined on the nine steps between
 *
 * How a gradient decays is measured by a random one sent back from the last state through the recurrence alone: a part of
 * the loss's own gradient enters at every step, which hides the decay. Source: Pascanu, Mikolov, Bengio 2013.
 */
export class Microscope {
  readonly #config: MicroscopeConfig;
  #step = 0;
  #isProbing = false;
  #views = new Map<string, View>();
  #earlier = new Map<string, View>(); // of the tapes before in the same step
  #probes = new Map<Storage, Probe>();
  #updates: Record<string, number> = {};

  /** @throws ConfigError when `every` is not a positive whole number */
  constructor(config: MicroscopeConfig) {
    if (!(Number.isInteger(config.every) && config.every > 0))
      throw new ConfigError(`Microscope: every must be a positive whole number, got ${config.every}`);
    this.#config = config;
  }

  /**
   * Begins a step, or another tape of one whose gradients add up; of a layer that is on several, the last counts.
   * @returns the observer for {@link Tape.grad} when the step is to be probed
   */
  at(step: number): SequenceObserver | undefined {
    this.#earlier = step === this.#step ? this.#viewsOfStep() : new Map();
    this.#step = step;
    this.#isProbing = step % this.#config.every === 0;
    this.#views = new Map();
    this.#probes = new Map();
    return this.#isProbing ? this.#observe : undefined;
  }

  /** Calls `update`, and measures by how much it changes the parameters when the step is probed. */
  update(update: () => void): void {
    if (!this.#isProbing) return update();
    const { parameters } = this.#config;
    const { heap } = parameters.backend;
    const before = heap.real(parameters.values, parameters.size).slice();
    update();
    const first = parameters.values;
    this.#updates = Object.fromEntries(
      Array.from(parameters, ([name, param]) => {
        const from = (param.ptr - first) / heap.realBytes;
        let [weights, changes] = [0, 0];
        for (const [k, now] of param.view().entries()) {
          const old = before[from + k] as number;
          weights += old * old;
          changes += (now - old) ** 2;
        }
        return [name, rounded(weights > 0 ? Math.sqrt(changes / weights) : 0)];
      }),
    );
  }

  /** The snapshot of the step begun by {@link at}; undefined when the step is not probed. */
  snapshot(): GradientSnapshot | undefined {
    if (!this.#isProbing) return undefined;
    const layers = [...this.#viewsOfStep().values()].map(({ cells, ...view }) => ({
      ...view,
      hidden: view.hidden.map(rounded),
      ...(cells.length > 0 && { cells: cells.map(rounded) }),
      reach: view.reach.map(rounded),
    }));
    // The gradient meets the last layer first.
    return {
      step: this.#step,
      layers: layers.toReversed(),
      updates: this.#updates,
      clippedFraction: this.#config.clip?.clippedFraction ?? 0,
    };
  }

  /** Of all tapes of the step, the last layer of the last tape first. */
  #viewsOfStep(): Map<string, View> {
    return new Map([...this.#views, ...this.#earlier, ...this.#views]); // the order of the first two, the values of the last
  }

  readonly #observe: SequenceObserver = (sequence) => {
    const { name } = sequence;
    const known = this.#views.get(name);
    const view = known ?? firstView(sequence);
    this.#views.set(name, view);
    this.#probe(sequence, view);
    return (dh, dc) => {
      view.hidden = before(norms(sequence, dh, sequence.H), view.hidden);
      if (dc) view.cells = before(norms(sequence, dc, sequence.cellSize), view.cells);
    };
  };

  /** Sends a gradient back through the recurrence alone, from the last state or from where a later segment left off. */
  #probe(sequence: ObservedSequence, view: View): void {
    const { T, B, H, cellSize: C, states, h0, lengths, isReverse } = sequence;
    const { backend } = this.#config.parameters;
    const { heap, kernels } = backend;
    const tape = Tape.current;
    const bytes = heap.realBytes;
    const rows = (T + 1) * B;
    const arrived = this.#probes.get(states.storage);
    if (!arrived && view.reach.length > 0) return; // a separate sequence; a later one has measured the layer
    const dh = tape.allocate(rows * H * bytes);
    const dc = C ? tape.allocate(rows * C * bytes) : 0;
    const [last, first] = isReverse ? [0, T] : [T, 0];
    const row = (ptr: Ptr, t: number, width: number): Ptr => ptr + t * B * width * bytes;
    kernels.fill(dh, 0, rows * H);
    if (dc) kernels.fill(dc, 0, rows * C);
    if (arrived) {
      kernels.scale(row(dh, last, H), arrived.dh, 1, B * H, 0);
      if (dc) kernels.scale(row(dc, last, C), arrived.dc, 1, B * C, 0);
    } else {
      const rng = Rng.seeded(this.#step).split('microscope');
      heap.real(row(dh, last, H), B * H).set(Float64Array.from({ length: B * H }, () => rng.normal()));
    }
    sequence.probe(dh, dc);

    const [carrier, width] = dc ? [dc, C] : [dh, H];
    const lengthOf = (b: number): number => lengths?.[b] ?? T;
    /** What is left in entry b, k steps back from its last valid state. */
    const leftAt = (k: number, b: number): number =>
      Math.sqrt(
        kernels.sumOfSquares(row(carrier, isReverse ? k : lengthOf(b) - k, width) + b * width * bytes, width),
      );
    const distance = arrived?.distance ?? 0;
    const scales = arrived?.scales ?? Float64Array.from({ length: B }, (_, b) => leftAt(0, b));
    for (let k = 0; k <= T; k++) {
      let [squares, entries] = [0, 0];
      for (let b = 0; b < B; b++) {
        if (k > lengthOf(b) || scales[b] === 0) continue;
        squares += (leftAt(k, b) / (scales[b] as number)) ** 2;
        entries++;
      }
      if (entries === 0) break;
      view.reach[distance + k] = Math.sqrt(squares / entries);
    }
    this.#probes.set(h0.storage, {
      view,
      dh: row(dh, first, H),
      dc: dc && row(dc, first, C),
      distance: distance + T,
      scales,
    });
  }
}

function firstView(sequence: ObservedSequence): View {
  const { cell, name, T, B, H, weightHh, states, gates, isReverse } = sequence;
  const { heap } = states.storage.backend;
  const made = isReverse ? states.rows(0, T) : states.rows(1, T + 1);
  const activations = gates ? heap.real(gates, T * B * blocksOf(cell) * H) : new Float32Array();
  return {
    name,
    cell,
    hidden: [],
    cells: [],
    reach: [],
    gates: gates ? gateSaturation(cell, ofValidSteps(activations, sequence), H) : {},
    units: unitHealth(cell, ofValidSteps(made.view(), sequence), H),
    spectrum: weightHh ? spectraOf(LETTERS[cell], weightHh.view(), H) : {},
  };
}

/** @param weights [G·H, H], a square block for each letter */
function spectraOf(letters: readonly string[], weights: Real, H: number): Record<string, Spectrum> {
  const block = (k: number): Real => weights.subarray(k * H * H, (k + 1) * H * H);
  return Object.fromEntries(letters.map((letter, k) => [letter, spectrumOf(block(k), H)]));
}

/** The rows of [T, B, N] that are not padding, where nothing is computed. */
function ofValidSteps(values: Real, { T, B, lengths }: ObservedSequence): Real {
  if (!lengths) return values;
  const N = values.length / (T * B);
  const valid: number[] = [];
  for (let row = 0; row < T * B; row++)
    if (Math.floor(row / B) < (lengths[row % B] as number))
      for (const value of values.subarray(row * N, (row + 1) * N)) valid.push(value);
  return Float64Array.from(valid);
}

/** ‖·‖ over the batch of every state. @param gradient [T+1, B, width] */
function norms({ T, B, states }: ObservedSequence, gradient: Ptr, width: number): number[] {
  const { kernels, heap } = states.storage.backend;
  return Array.from({ length: T + 1 }, (_, t) =>
    Math.sqrt(kernels.sumOfSquares(gradient + t * B * width * heap.realBytes, B * width)),
  );
}

/** An earlier segment before those that follow: its last state is their first. */
const before = (earlier: number[], later: readonly number[]): number[] => [...earlier, ...later.slice(1)];

/** Four digits: what is written to a file a hundred times a run. */
const rounded = (value: number): number => Number(value.toPrecision(4));
