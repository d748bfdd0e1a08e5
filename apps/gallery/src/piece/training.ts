import {
  type Backend,
  fit,
  Learner,
  loadWeights,
  MemoryCheckpoints,
  type Metrics,
  Parameters,
  Rng,
  Tape,
  type TrainingTask,
} from '@unroll/rnn-core';
import { type OutputStream, Progress } from '@unroll/run';
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

/** A model with its best weights, until it is disposed of. */
export interface Trained extends Disposable {
  readonly parameters: Parameters;
  readonly steps: number;
}

/**
 * Trains a model with `fit`, and puts the weights with the lowest validation loss into it.
 *
 * @param training made with the same seed
 * @param stream for progress and the time left
 */
export async function train(
  training: Training,
  { seed, backend, stream }: { seed: number; backend: Backend; stream: OutputStream },
): Promise<Trained> {
  const { model, steps } = training;
  const rng = Rng.seeded(seed);
  const batches = new Batches(training, rng.split('order'));
  const parameters = Parameters.create(model, backend, rng.split('init'));
  const learner = new Learner(parameters, training.learner, steps);
  const task: TrainingTask = {
    learner,
    step(step): Metrics {
      using tape = new Tape(backend);
      const batch = batches.at(step);
      const loss = training.loss(tape, batch, rng.split('step').split(step));
      return { ...learner.update(tape, loss, step), examples: batch.length };
    },
    validate: () => training.validate(backend),
  };
  const checkpoints = new MemoryCheckpoints();
  const progress = new Progress({ steps, unit: 'examples', metrics: PROGRESS, stream });
  progress.start(0);
  const { step } = await fit(task, { steps, checkpoints, log: (record) => progress.update(record) });
  progress.end();
  loadWeights(parameters, checkpoints.best() ?? new Map());
  return { parameters, steps: step, [Symbol.dispose]: () => learner[Symbol.dispose]() };
}

const PROGRESS = [
  { key: 'loss', label: 'loss', unit: 'nats' },
  { key: 'validLoss', label: 'valid', unit: 'nats' },
  { key: 'validAccuracy', label: 'accuracy', unit: '%', digits: 1 },
];
