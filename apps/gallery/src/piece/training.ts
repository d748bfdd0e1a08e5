import { type Backend, fit, loadWeights, MemoryCheckpoints, type Parameters } from '@unroll/rnn-core';
import { type OutputStream, Progress } from '@unroll/run';
import type { Training } from './piece.ts';
import { PieceTask } from './piece-task.ts';

/** A model with its best weights, until it is disposed of. */
export interface Trained extends Disposable {
  readonly parameters: Parameters;
  readonly steps: number;
}

/**
 * Trains a model with `fit`, and puts the weights with the lowest validation loss into it.
 *
 * @param stream for progress and the time left
 */
export async function train(
  training: Training,
  { seed, backend, stream }: { seed: number; backend: Backend; stream: OutputStream },
): Promise<Trained> {
  const { steps } = training;
  const task = new PieceTask(training, { seed, backend });
  const { parameters } = task.learner;
  const checkpoints = new MemoryCheckpoints();
  const progress = new Progress({ steps, unit: UNIT, metrics: PROGRESS, stream });
  progress.start(0);
  const { step } = await fit(task, { steps, checkpoints, log: (record) => progress.update(record) });
  progress.end();
  loadWeights(parameters, checkpoints.best() ?? new Map());
  return { parameters, steps: step, [Symbol.dispose]: () => task[Symbol.dispose]() };
}

/** What a step reads. */
export const UNIT = 'examples';

/** What progress shows of every training. */
export const PROGRESS = [
  { key: 'loss', label: 'loss', unit: 'nats' },
  { key: 'validLoss', label: 'valid', unit: 'nats' },
  { key: 'validAccuracy', label: 'accuracy', unit: '%', digits: 1 },
];
