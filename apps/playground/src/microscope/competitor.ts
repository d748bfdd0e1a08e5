import {
  type Backend,
  type CellName,
  createRecurrent,
  crossEntropy,
  type Diagnosis,
  diagnose,
  type GradientSnapshot,
  initializersOf,
  type JsonObject,
  Learner,
  Linear,
  loadTensors,
  loadWeights,
  Module,
  Parameters,
  type Recurrent,
  type Rng,
  type SavedTensors,
  savedTensors,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';

import { copied } from '../storage/run-store.ts';

/** To remember; as many others fill the delay. */
export const SYMBOLS = 4;
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

  constructor(cell: CellName, hiddenSize: number) {
    super();
    this.rnn = createRecurrent(cell, { inputSize: INPUT, hiddenSize, ...initializersOf(cell) });
    this.head = new Linear({ inFeatures: hiddenSize, outFeatures: SYMBOLS });
  }
}

/** All that a competitor goes on from. */
export interface SavedCompetitor {
  readonly weights: SavedTensors;
  readonly moments: SavedTensors;
  readonly learner: JsonObject;
  readonly snapshots: readonly GradientSnapshot[];
  readonly loss: number;
  readonly accuracy: number;
}

interface CompetitorOptions {
  readonly cell: CellName;
  readonly hidden: number;
  readonly lr: number;
  readonly steps: number;
}

/** One cell on the task, under the microscope. */
export class Competitor implements Disposable {
  readonly #model: MemoryModel;
  readonly #learner: Learner;
  readonly #backend: Backend;
  #snapshots: readonly GradientSnapshot[] = [];
  #loss = Math.log(SYMBOLS);
  #accuracy = 1 / SYMBOLS;

  /** @param saved to go on from; by default random weights */
  constructor({ cell, hidden, lr, steps }: CompetitorOptions, backend: Backend, rng: Rng, saved?: SavedCompetitor) {
    this.#model = new MemoryModel(cell, hidden);
    this.#backend = backend;
    const parameters = Parameters.create(this.#model, backend, rng);
    this.#learner = new Learner(parameters, { lr, gradClip: 1, probeGradients: SNAPSHOT_EVERY }, steps);
    if (!saved) return;
    loadTensors(parameters, saved.weights, cell);
    loadTensors([...this.#learner.moments()], saved.moments, cell);
    this.#learner.restore(saved.learner);
    [this.#snapshots, this.#loss, this.#accuracy] = [saved.snapshots, saved.loss, saved.accuracy];
  }

  /** Starts from trained weights. @param batch that says how well they do */
  load(weights: SavedTensors, batch: MemoryBatch, where: string): void {
    loadWeights(this.#learner.parameters, weights, where);
    using tape = new Tape(this.#backend, { record: false });
    const logits = this.#forward(tape, batch);
    this.#accuracy = accuracyOf(logits.view(), batch.y);
    this.#loss = crossEntropy(logits, tape.ids(batch.y, [BATCH])).item();
  }

  step(step: number, batch: MemoryBatch): void {
    using tape = new Tape(this.#backend);
    const logits = this.#forward(tape, batch);
    this.#accuracy += SMOOTHING * (accuracyOf(logits.view(), batch.y) - this.#accuracy);
    const { loss } = this.#learner.update(tape, crossEntropy(logits, tape.ids(batch.y, [BATCH])), step);
    this.#loss += SMOOTHING * (loss - this.#loss);
    const snapshot = this.#learner.gradientSnapshot;
    if (snapshot) this.#snapshots = [...this.#snapshots, snapshot].slice(-SNAPSHOTS);
  }

  /** [B, SYMBOLS] */
  #forward(tape: Tape, { T, x }: MemoryBatch): Tensor {
    const { rnn, head } = this.#model;
    const { state } = rnn.forward(tape.constant(x, [T, BATCH, INPUT]));
    return head.forward(state[0]?.h ?? tape.zeros([BATCH, rnn.config.hiddenSize]));
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

  get parameterCount(): number {
    return this.#model.parameterCount;
  }

  get weights(): SavedTensors {
    return savedTensors(this.#learner.parameters);
  }

  /** Copies, which may be kept. */
  saved(): SavedCompetitor {
    return {
      weights: copied(this.weights),
      moments: copied(savedTensors([...this.#learner.moments()])),
      learner: this.#learner.state(),
      snapshots: this.#snapshots,
      loss: this.#loss,
      accuracy: this.#accuracy,
    };
  }

  [Symbol.dispose](): void {
    this.#learner[Symbol.dispose]();
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
