import {
  add,
  type Backend,
  crossEntropy,
  type JsonObject,
  Learner,
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
import { backendFlags, type Context, count, optimizationFlags, outputFlags, runTraining } from '@unroll/run';
import { z } from 'zod';
import { MemoryModel, type MemoryShape } from './memory-model.ts';
import { type MemoryBatch, type MemoryTask, SILENT } from './memory-task.ts';
import { MEMORY_TASK_NAMES, MEMORY_TASKS } from './memory-tasks.ts';
import { SOLVED } from './solved.ts';

export const recallSchema = z.object({
  task: z.enum(MEMORY_TASK_NAMES).default('copy').meta({ description: 'what is to be remembered', section: 'Task' }),
  delay: z.int().min(1).max(10_000).default(20).meta({
    description: 'how long it is to be remembered, about',
    unit: 'steps',
    section: 'Task',
  }),
  cell: z
    .enum(['rnn', 'relu', 'gru', 'lstm'])
    .default('lstm')
    .meta({ description: 'which recurrent cell', section: 'Model' }),
  hidden: z
    .int()
    .min(1)
    .max(4096)
    .default(32)
    .meta({ description: 'numbers of each hidden state', section: 'Model' }),
  recurrentInit: z.enum(['uniform', 'orthogonal']).default('uniform').meta({
    description: 'how the recurrent matrix begins; uniform as torch has it',
    section: 'Model',
  }),
  gain: z.number().positive().default(1).meta({
    description: 'what an orthogonal recurrent matrix is multiplied by',
    section: 'Model',
  }),
  memory: z.number().min(0).optional().meta({
    description: 'steps over which gates remember at first; by default the delay, 0 as torch has it',
    section: 'Model',
  }),
  batch: z.int().min(1).max(65_536).default(32).meta({ description: 'sequences a step', section: 'Length' }),
  steps: z.int().min(1).default(1000).meta({ description: 'how long to try, in steps', section: 'Length' }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({ description: 'what all randomness grows from', section: 'Length' }),
  ...optimizationFlags,
  lrSchedule: optimizationFlags.lrSchedule.default('constant'),
  lr: z.number().positive().optional().meta({
    description: 'learning rate; by default 0.02 for GRU and LSTM, 0.005 for the others',
    section: 'Optimisation',
  }),
  validateEvery: optimizationFlags.validateEvery.unwrap().default(25),
  out: z.string().min(1).optional().meta({
    description: 'the folder of the run; by default runs/ and the next free name',
    placeholder: 'DIR',
    section: 'Output',
    once: true,
  }),
  resume: z.string().min(1).optional().meta({
    description: 'go on with the run in this folder, with its settings',
    placeholder: 'DIR',
    section: 'Output',
    once: true,
  }),
  ...backendFlags,
  ...outputFlags,
});

export type RecallConfig = z.output<typeof recallSchema>;

const VALIDATION_SEQUENCES = 256;

/** Training a cell on a memory task, until it is solved. */
export class RecallTask implements TrainingTask, Disposable {
  readonly model: MemoryModel;
  readonly learner: Learner;
  /** Share of right answers on fresh sequences, at the last validation. */
  accuracy = 0;
  readonly #config: RecallConfig;
  readonly #task: MemoryTask;
  readonly #backend: Backend;
  readonly #rng: Rng;

  constructor(config: RecallConfig, backend: Backend) {
    this.#config = config;
    this.#task = MEMORY_TASKS[config.task];
    this.#backend = backend;
    this.#rng = Rng.seeded(config.seed);
    this.model = new MemoryModel(shapeOf(config), { ...config, memory: config.memory ?? config.delay });
    this.learner = new Learner(
      Parameters.create(this.model, backend, this.#rng.split('init')),
      {
        ...config,
        lr: config.lr ?? (config.cell === 'gru' || config.cell === 'lstm' ? 0.02 : 0.005),
      },
      config.steps,
    );
  }

  get isDone(): boolean {
    return this.accuracy >= SOLVED;
  }

  step(step: number): Metrics {
    const { batch: B, delay } = this.#config;
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
    this.accuracy = this.#shareRight(answers, batch, VALIDATION_SEQUENCES);
    return { loss: loss.item(), metrics: { validLoss: loss.item(), accuracy: this.accuracy } };
  }

  state(): JsonObject {
    return { accuracy: this.accuracy };
  }

  restore(state: JsonObject): void {
    this.accuracy = z.number().parse(state['accuracy']);
  }

  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  /** What the model answers, [T, B, V] or of a number [B, 1], and how wrong that is: in nats, or squared. */
  #answer(tape: Tape, { T, x, classes, numbers }: MemoryBatch, B: number): { loss: Tensor; answers: Tensor } {
    const answers = this.model.forward(tape.constant(x, [T, B, this.#task.inputs]));
    if (classes) return { loss: crossEntropy(answers, tape.ids(classes, [T, B]), { ignoreIndex: SILENT }), answers };
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

  #shareRight(answers: Tensor, { classes, numbers }: MemoryBatch, B: number): number {
    const values = answers.view();
    const { outputs, tolerance = 0 } = this.#task;
    let [right, asked] = [0, 0];
    if (numbers)
      for (const [b, number] of numbers.entries()) if (Math.abs((values[b] as number) - number) < tolerance) right++;
    for (const [row, wanted] of (classes ?? []).entries()) {
      if (wanted === SILENT) continue;
      asked++;
      const scores = values.subarray(row * outputs, (row + 1) * outputs);
      if (scores.every((score, k) => k === wanted || score < (scores[wanted] as number))) right++;
    }
    return right / (classes ? asked : B);
  }
}

function shapeOf({ task, cell, hidden }: RecallConfig): MemoryShape {
  const { inputs, outputs } = MEMORY_TASKS[task];
  return { cell, inputs, hidden, outputs };
}

/** `recall`: one cell on one memory task, until it is solved or the steps are over. */
export async function recall(config: RecallConfig, context: Context): Promise<JsonObject> {
  const { steps, result } = await runTraining({
    app: 'compare',
    config,
    context,
    prepare: async () => ({
      data: config.task,
      model: { ...shapeOf(config) },
      tokenizer: {},
      unit: 'tokens',
      metrics: [
        { key: 'loss', label: 'loss' },
        { key: 'accuracy', label: 'right', digits: 3 },
      ],
      createTask: (backend) => new RecallTask(config, backend),
      describe: ({ learner }) =>
        `${config.task} over ${config.delay} steps, ${config.cell}, ${count(learner.parameters.size)} weights`,
      evaluate: async ({ accuracy, isDone }) => ({
        evaluation: undefined,
        result: { task: config.task, delay: config.delay, cell: config.cell, solved: isDone, accuracy },
      }),
    }),
  });
  const { err } = context;
  err.write(
    `${config.task} over ${config.delay} steps, ${config.cell}: ${result['solved'] ? 'solved' : 'not solved'} after ${steps} steps\n`,
  );
  return result;
}
