import {
  type Backend,
  Learner,
  type Metrics,
  Parameters,
  Rng,
  Tape,
  type TrainingTask,
  type Validation,
} from '@unroll/rnn-core';
import type { Training } from './piece.ts';

/** Examples in batches: a new order each epoch, the last incomplete batch left out. */
class Batches {
  readonly #count: number;
  readonly #batchSize: number;
  readonly #rng: Rng;
  #order: Int32Array = new Int32Array();
  #epoch = -1;

  constructor({ examples, batchSize }: Pick<Training, 'examples' | 'batchSize'>, rng: Rng) {
    this.#batchSize = Math.min(batchSize, examples);
    this.#count = Math.floor(examples / this.#batchSize);
    this.#rng = rng;
    this.#order = new Int32Array(examples);
  }

  /** @param step the first being 1 @returns [B] indices */
  at(step: number): Int32Array {
    const epoch = Math.floor((step - 1) / this.#count);
    if (epoch !== this.#epoch) this.#order = this.#rng.split(epoch).permutation(this.#order.length);
    this.#epoch = epoch;
    const from = ((step - 1) % this.#count) * this.#batchSize;
    return this.#order.slice(from, from + this.#batchSize);
  }
}

/** The training of a piece as `fit` takes it: a model with its optimiser, and batches that depend on seed and step alone. */
export class PieceTask implements TrainingTask, Disposable {
  readonly training: Training;
  readonly learner: Learner;
  readonly #backend: Backend;
  readonly #batches: Batches;
  readonly #rng: Rng;

  constructor(training: Training, { seed, backend }: { readonly seed: number; readonly backend: Backend }) {
    const { model, learner, steps } = training;
    this.training = training;
    this.#backend = backend;
    this.#rng = Rng.seeded(seed);
    this.#batches = new Batches(training, this.#rng.split('order'));
    this.learner = new Learner(Parameters.create(model, backend, this.#rng.split('init')), learner, steps);
  }

  step(step: number): Metrics {
    using tape = new Tape(this.#backend);
    const batch = this.#batches.at(step);
    const loss = this.training.loss(tape, batch, this.#rng.split('step').split(step));
    return { ...this.learner.update(tape, loss, step), examples: batch.length };
  }

  validate(): Validation {
    return this.training.validate(this.#backend);
  }

  /** Gives the memory of the model and of the optimiser back. */
  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }
}
