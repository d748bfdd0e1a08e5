import { ConfigError } from '@unroll/rnn-core';
import { z } from 'zod';
import { COMPARED_TASKS, type ComparedTask } from '../tasks/compared-task.ts';

export const CELLS = ['rnn', 'gru', 'lstm'] as const;

const positive = z.int().min(1);

/** What is compared with what. A matrix file holds exactly this. */
export const matrixSchema = z.strictObject({
  /** What the file is for. */
  about: z.string().optional(),
  /** By the task's name, the flags its application is called with besides those below. */
  tasks: z.record(z.string(), z.array(z.string())),
  cells: z.array(z.enum([...CELLS, 'relu'])).min(1),
  /** Sizes of the recurrent state. */
  hidden: z.array(positive).min(1),
  seeds: z.array(z.int().min(0)).min(1),
  /** What the runs of a task have in common: steps; minutes; or steps and the number of parameters. */
  equal: z.enum(['steps', 'minutes', 'parameters']),
  /** By task, where they are not among its flags. */
  steps: positive.optional(),
  minutes: z.number().positive().optional(),
  /** How often the microscope looks; 0 for never. */
  probeGradients: z.int().min(0).default(50),
});

export type Matrix = z.output<typeof matrixSchema>;

/** One run of the matrix. */
export interface Entry {
  /** `char-lm-gru-64-s1`: its folder too. */
  readonly name: string;
  readonly task: ComparedTask;
  readonly cell: string;
  /** The size asked for; under equal parameters that of an LSTM, to which the others are fitted. */
  readonly hidden: number;
  readonly seed: number;
  /** Everything for the application but the folder and the size. */
  readonly words: readonly string[];
}

/**
 * Every run of a matrix, task by task.
 *
 * @throws ConfigError when a task is unknown
 */
export function entriesOf(matrix: Matrix): Entry[] {
  const { tasks, cells, hidden: sizes, seeds, steps, minutes, equal, probeGradients } = matrix;
  const length = equal === 'minutes' ? ['--minutes', minutes] : ['--steps', steps];
  const entries: Entry[] = [];
  for (const [name, flags] of Object.entries(tasks)) {
    const task = COMPARED_TASKS.get(name);
    if (!task) throw new ConfigError(`tasks must be among ${[...COMPARED_TASKS.keys()].join(', ')}, got ${name}`);
    for (const hidden of sizes) {
      for (const cell of cells) {
        for (const seed of seeds) {
          const words = [
            ...task.train,
            '--cell',
            cell,
            '--seed',
            seed,
            '--probe-gradients',
            probeGradients,
            ...(length[1] === undefined ? [] : length),
            ...flags,
          ].map(String);
          entries.push({ name: `${name}-${cell}-${hidden}-s${seed}`, task, cell, hidden, seed, words });
        }
      }
    }
  }
  return entries;
}
