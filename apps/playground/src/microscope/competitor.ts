import {
  Adam,
  type Backend,
  createRecurrent,
  crossEntropy,
  type Diagnosis,
  diagnose,
  GradientClip,
  type GradientSnapshot,
  initializersOf,
  Linear,
  Microscope,
  Module,
  Parameters,
  type Recurrent,
  type Rng,
  Tape,
} from '@unroll/rnn-core';
import type { CompetingCell } from './settings.ts';

const SYMBOLS = 4; // to remember; as many others fill the delay
const INPUT = 2 * SYMBOLS;
const BATCH = 32;
const SNAPSHOT_EVERY = 10;
const SNAPSHOTS = 5; // that a diagnosis is made from
const SOLVED = 0.98;

/** One batch of the memory task: a symbol, `delay` others, and the question which it was. */
export interface MemoryBatch {
  readonly T: number;
  /** [T, B, I] */
  readonly x: Float32Array;
  /** [B] */
  readonly y: Int32Array;
}

/** The task is the first half of the copy task. Source: Hochreiter & Schmidhuber 1997, experiment 2a. */
export function drawBatch(delay: number, rng: Rng): MemoryBatch {
  const T = delay + 1;
  const x = new Float32Array(T * BATCH * INPUT);
  const y = new Int32Array(BATCH);
  for (let b = 0; b < BATCH; b++) {
    y[b] = rng.integer(SYMBOLS);
    for (let t = 0; t < T; t++) {
      const symbol = t === 0 ? (y[b] as number) : SYMBOLS + rng.integer(SYMBOLS);
      x[(t * BATCH + b) * INPUT + symbol] = 1;
    }
  }
  return { T, x, y };
}

/** How a competitor does. */
export interface Standing {
  readonly loss: number;
  /** Fraction of the batch answered correctly. */
  readonly accuracy: number;
  /** What is left of a gradient k steps back; empty before the first snapshot. */
  readonly reach: readonly number[];
  readonly diagnosis: Diagnosis | undefined;
}

class MemoryModel extends Module {
  readonly rnn: Recurrent;
  readonly head: Linear;

  constructor(cell: CompetingCell, hiddenSize: number) {
    super();
    this.rnn = createRecurrent(cell, { inputSize: INPUT, hiddenSize, ...initializersOf(cell) });
    this.head = new Linear({ inFeatures: hiddenSize, outFeatures: SYMBOLS });
  }
}

/** One cell on the task, under the microscope. */
export class Competitor implements Disposable {
  readonly #model: MemoryModel;
  readonly #parameters: Parameters;
  readonly #adam: Adam;
  readonly #clip = new GradientClip({ norm: 1 });
  readonly #microscope: Microscope;
  readonly #backend: Backend;
  #snapshots: readonly GradientSnapshot[] = [];
  #loss = Math.log(SYMBOLS);
  #accuracy = 1 / SYMBOLS;

  constructor(cell: CompetingCell, hiddenSize: number, backend: Backend, rng: Rng) {
    this.#model = new MemoryModel(cell, hiddenSize);
    this.#backend = backend;
    this.#parameters = Parameters.create(this.#model, backend, rng);
    this.#adam = new Adam(this.#parameters);
    this.#microscope = new Microscope({ parameters: this.#parameters, every: SNAPSHOT_EVERY, clip: this.#clip });
  }

  step(step: number, { T, x, y }: MemoryBatch, lr: number): void {
    using tape = new Tape(this.#backend);
    const { state } = this.#model.rnn.forward(tape.constant(x, [T, BATCH, INPUT]));
    const logits = this.#model.head.forward(state[0]?.h ?? tape.zeros([BATCH, this.#model.rnn.config.hiddenSize]));
    this.#accuracy += SMOOTHING * (accuracyOf(logits.view(), y) - this.#accuracy);
    const loss = crossEntropy(logits, tape.ids(y, [BATCH]));
    this.#loss += SMOOTHING * (loss.item() - this.#loss);
    tape.grad(loss, this.#parameters, { observer: this.#microscope.at(step) });
    const { scale } = this.#clip.apply(this.#parameters);
    this.#microscope.update(() => this.#adam.step(lr, scale));
    const snapshot = this.#microscope.snapshot();
    if (snapshot) this.#snapshots = [...this.#snapshots, snapshot].slice(-SNAPSHOTS);
  }

  get standing(): Standing {
    const last = this.#snapshots.at(-1);
    const isSolved = this.#accuracy > SOLVED;
    return {
      loss: this.#loss,
      accuracy: this.#accuracy,
      reach: last?.layers[0]?.reach ?? [],
      diagnosis: last && diagnose(this.#snapshots, { isSolved }),
    };
  }

  [Symbol.dispose](): void {
    this.#adam.free();
    this.#parameters.free();
  }
}

const SMOOTHING = 0.1; // of the running means that are shown

function accuracyOf(logits: ArrayLike<number>, y: Int32Array): number {
  let correct = 0;
  for (const [b, target] of y.entries()) {
    const row = Array.from({ length: SYMBOLS }, (_, k) => logits[b * SYMBOLS + k] as number);
    if (row.indexOf(Math.max(...row)) === target) correct++;
  }
  return correct / y.length;
}
