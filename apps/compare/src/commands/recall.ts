import { CELL_NAMES, hasRecurrentWeights } from '@unroll/rnn-core';
import {
  backendFlags,
  type Context,
  command,
  count,
  initialRequires,
  type JsonObject,
  optimizationFlags,
  outputFlags,
  runTraining,
  trainingFlags,
} from '@unroll/run';
import { z } from 'zod';
import { MEMORY_TASK_NAMES } from '../memory/memory-tasks.ts';
import { memoryShape, RecallTask } from '../memory/recall-task.ts';

export const recallSchema = z.object({
  task: z.enum(MEMORY_TASK_NAMES).default('copy').meta({ description: 'memory task', section: 'Task' }),
  delay: z.int().min(1).max(10_000).default(20).meta({
    description: 'approximate number of steps over which to remember',
    section: 'Task',
  }),
  cell: z
    .enum([...CELL_NAMES, 'relu'])
    .default('lstm')
    .meta({ description: 'recurrent cell; relu = an RNN with relu in place of tanh', section: 'Model' }),
  hiddenSize: z.int().min(1).max(4096).default(32).meta({ description: 'hidden units', section: 'Model' }),
  recurrentInit: z.enum(['uniform', 'orthogonal']).default('uniform').meta({
    description: 'initialisation of the recurrent matrix; uniform as in torch',
    section: 'Model',
  }),
  gain: z.number().positive().default(1).meta({
    description: 'orthogonal: factor of the recurrent matrix',
    section: 'Model',
  }),
  chronoInit: z.number().min(0).optional().meta({
    description:
      'chrono initialisation of the gates, for memories of up to N steps; 0 = as in torch; by default --delay',
    section: 'Model',
  }),
  batchSize: z.int().min(1).max(65_536).default(32).meta({ description: 'sequences per step', section: 'Length' }),
  steps: z.int().min(1).default(1000).meta({
    description: 'optimiser steps after which training ends, solved or not',
    section: 'Length',
  }),
  seed: trainingFlags.seed,
  ...optimizationFlags,
  lrSchedule: optimizationFlags.lrSchedule.default('constant'),
  lr: z.number().positive().optional().meta({
    description: 'peak learning rate; by default 0.02 for GRU and LSTM, 0.005 for the others',
    section: 'Optimisation',
  }),
  validateEvery: optimizationFlags.validateEvery.unwrap().default(25).meta({
    description: 'steps between validations, each of which saves a checkpoint',
    section: 'Optimisation',
  }),
  out: trainingFlags.out,
  resume: trainingFlags.resume.meta({ description: 'continue the run in this folder, with its settings' }),
  ...backendFlags,
  ...outputFlags,
});

export type RecallConfig = z.output<typeof recallSchema>;

/** `recall`: one cell on one memory task, until it is solved or the steps are over. */
export const recallCommand = command({
  schema: recallSchema,
  renamed: { hidden: 'hiddenSize', batch: 'batchSize', memory: 'chronoInit' },
  requires: [
    {
      flags: ['gain'],
      when: ({ recurrentInit }) => recurrentInit === 'orthogonal',
      needs: '--recurrent-init orthogonal',
    },
    {
      flags: ['recurrentInit'],
      when: ({ cell }) => cell === 'relu' || hasRecurrentWeights(cell),
      needs: '--cell rnn, relu, gru, lstm or slstm',
    },
    {
      flags: ['chronoInit'],
      when: ({ cell }) => cell === 'gru' || cell === 'lstm',
      needs: '--cell gru or lstm',
    },
    ...initialRequires('compare', ['recurrentInit', 'gain', 'chronoInit']),
  ],
  run: recall,
});

export async function recall(config: RecallConfig, context: Context): Promise<JsonObject> {
  const { task, delay, cell } = config;
  const name = `${task} over ${delay} steps, ${cell}`;
  const { steps, result } = await runTraining({
    app: 'compare',
    config,
    context,
    trainCommand: 'recall',
    prepare: async () => ({
      data: { name: task, files: [] },
      architecture: 'MemoryModel',
      model: { ...memoryShape(config) },
      tokenizer: {},
      unit: 'tokens',
      metrics: [
        { key: 'loss', label: 'loss' },
        { key: 'accuracy', label: 'accuracy', unit: '%', digits: 1 },
      ],
      createTask: (backend) => new RecallTask(config, backend),
      describe: ({ learner }) => `${name}, ${count(learner.parameters.size)} parameters`,
      evaluate: async ({ accuracy, isDone }) => ({
        evaluation: undefined,
        result: { task, delay, cell, solved: isDone, accuracy },
      }),
    }),
  });
  context.err.write(`${name}: ${result['solved'] ? 'solved' : 'not solved'} after ${steps} steps\n`);
  return result;
}
