import {
  add,
  type Backend,
  crossEntropy,
  type JsonObject,
  Learner,
  type LearnerOptions,
  type Metrics,
  mean,
  mul,
  Parameters,
  Rng,
  Tape,
  type Tensor,
  type TrainingTask,
  type Validation,
} from '@unroll/rnn-core';
import { z } from 'zod';
import { type MemoryInit, MemoryModel, type MemoryShape } from './memory-model.ts';
import { IGNORED, type MemoryBatch, type MemoryTask } from './memory-task.ts';
import { MEMORY_TASKS, type MemoryTaskName } from './memory-tasks.ts';
import { SOLVED } from './solved.ts';

/** Of {@link RecallTask}. */
export interface RecallOptions extends Omit<LearnerOptions, 'lr'>, Omit<MemoryInit, 'chronoInit'> {
  readonly task: MemoryTaskName;
  /** About how many steps to remember for. */
  readonly delay: number;
  readonly cell: MemoryShape['cell'];
  readonly hiddenSize: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly seed: number;
  /** By default 0.02 for GRU and LSTM, 0.005 for the others. */
  readonly lr?: number | undefined;
  /** By default the delay. */
  readonly chronoInit?: number | undefined;
}

const VALIDATION_SEQUENCES = 256;

/** Trains a cell on a memory task, until it is solved. */
export class RecallTask implements TrainingTask, Disposable {
  readonly model: MemoryModel;
  readonly learner: Learner;
  /** Fraction of correct answers on fresh sequences, at the last validation. */
  accuracy = 0;
  readonly #config: RecallOptions;
  readonly #task: MemoryTask;
  readonly #backend: Backend;
  readonly #rng: Rng;

  constructor(config: RecallOptions, backend: Backend) {
    this.#config = config;
    this.#task = MEMORY_TASKS[config.task];
    this.#backend = backend;
    this.#rng = Rng.seeded(config.seed);
    this.model = new MemoryModel(memoryShape(config), { ...config, chronoInit: config.chronoInit ?? config.delay });
    this.learner = new Learner(
      Parameters.create(this.model, backend, this.#rng.split('init')),
      {
        ...config,
        lr: config.lr ?? (config.cell === 'rnn' || config.cell === 'relu' ? 0.005 : 0.02),
      },
      config.steps,
    );
  }

  get isDone(): boolean {
    return this.accuracy >= SOLVED;
  }

  step(step: number): Metrics {
    const { batchSize: B, delay } = this.#config;
    using tape = new Tape(this.#backend);
    const batch = this.#task.batch(this.#rng.split('train').split(step), B, delay);
    const { loss } = this.#answer(tape, batch, B);
    const update = this.learner.update(tape, loss, step);
    return { ...update, tokens: batch.T * B };
  }

  async validate(): Promise<Validation> {
    using tape = new Tape(this.#backend, { record: false });
    const batch = this.#task.batch(this.#rng.split('valid'), VALIDATION_SEQUENCES, this.#config.delay);
    const { loss, answers } = this.#answer(tape, batch, VALIDATION_SEQUENCES);
    this.accuracy = this.#fractionCorrect(answers, batch, VALIDATION_SEQUENCES);
    return { loss: loss.item(), metrics: { validLoss: loss.item(), accuracy: this.accuracy } };
  }

  state(): JsonObject {
    return { accuracy: this.accuracy };
  }

  /** Continues with the saved accuracy. */
  restore(state: JsonObject): void {
    this.accuracy = z.number().parse(state['accuracy']);
  }

  /** Frees the model, its gradients and the optimiser's moments. */
  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  /** The answers, [T, B, V] or of a number [B, 1], and their loss: cross-entropy in nats, or squared error. */
  #answer(tape: Tape, { T, x, classes, numbers }: MemoryBatch, B: number): { loss: Tensor; answers: Tensor } {
    const answers = this.model.forward(tape.constant(x, [T, B, this.#task.inputSize]));
    if (classes) return { loss: crossEntropy(answers, tape.ids(classes, [T, B]), { ignoreIndex: IGNORED }), answers };
    const last = answers.row(T - 1);
    const off = add(
      last,
      tape.constant(
        (numbers as Float32Array).map((number) => -number),
        [B, 1],
      ),
    );
    return { loss: mean(mul(off, off)), answers: last };
  }

  #fractionCorrect(answers: Tensor, { classes, numbers }: MemoryBatch, B: number): number {
    const values = answers.view();
    const { outputSize: V, tolerance = 0 } = this.#task;
    let [correct, total] = [0, 0];
    if (numbers)
      for (const [b, number] of numbers.entries())
        if (Math.abs((values[b] as number) - number) < tolerance) correct++;
    for (const [row, target] of (classes ?? []).entries()) {
      if (target === IGNORED) continue;
      total++;
      const scores = values.subarray(row * V, (row + 1) * V);
      if (scores.every((score, k) => k === target || score < (scores[target] as number))) correct++;
    }
    return correct / (classes ? total : B);
  }
}

/** What decides the weights of a cell on a task. */
export function memoryShape({
  task,
  cell,
  hiddenSize,
}: Pick<RecallOptions, 'task' | 'cell' | 'hiddenSize'>): MemoryShape {
  const { inputSize, outputSize } = MEMORY_TASKS[task];
  return { cell, inputSize, hiddenSize, outputSize };
}
