import { CELL_NAMES } from '@unroll/rnn-core';
import { z } from 'zod';
import { MEMORY_TASK_NAMES } from '../memory/memory-tasks.ts';
import { COMPARED_TASKS, type ComparedTask } from '../tasks/compared-task.ts';
import { type Entry, probeFlags } from './matrix.ts';

/** What `memory` compares. */
export const memoryMatrixSchema = z.strictObject({
  tasks: z.array(z.enum(MEMORY_TASK_NAMES)).min(1),
  cells: z.array(z.enum([...CELL_NAMES, 'relu'])).min(1),
  delays: z.array(z.int().min(1)).min(1),
  seeds: z.array(z.int().min(0)).min(1),
  hiddenSize: z.int().min(1),
  steps: z.int().min(1),
});

export type MemoryMatrix = z.output<typeof memoryMatrixSchema>;

/** Steps between two gradient snapshots. */
const PROBED_STEPS = 50;

/** The runs of `memory`: every task, cell, delay and seed, and the case that explodes. */
export function memoryEntries({ tasks, cells, delays, seeds, hiddenSize, steps }: MemoryMatrix): Entry[] {
  const entries: Entry[] = [];
  for (const name of tasks) {
    const task = COMPARED_TASKS.get(name) as ComparedTask;
    for (const cell of cells)
      for (const delay of delays)
        for (const seed of seeds) {
          const run = {
            name: `${name}-${delay}-${cell}-${hiddenSize}-s${seed}`,
            task,
            cell,
            hiddenSize,
            seed,
            delay,
          };
          entries.push({ ...run, words: wordsOf(run, steps) });
        }
    if (name === 'temporal-order')
      for (const clip of [0, 0.5])
        for (const seed of seeds) {
          const name = `exploding-clip-${clip}-s${seed}`;
          const run = { name, task, cell: 'rnn', hiddenSize, seed, delay: EXPLODING_DELAY };
          const words = wordsOf(run, Math.max(steps, EXPLODING_STEPS));
          entries.push({ ...run, words: [...words, ...EXPLODING, '--grad-clip', String(clip)] });
        }
  }
  return entries;
}

const EXPLODING_DELAY = 20;
const EXPLODING_STEPS = 1000;

/**
 * What makes an RNN's gradients explode: a recurrent matrix with a gain of 1.3 a step, and plain gradient descent with a
 * rate large enough for it to matter. Source: Pascanu, Mikolov, Bengio 2013, on this task.
 */
const EXPLODING = '--recurrent-init orthogonal --gain 1.3 --optimizer sgd --lr 0.3'.split(' ');

function wordsOf({ task, cell, seed, delay }: Omit<Entry, 'words'>, steps: number): string[] {
  const flags = Object.entries({ cell, delay, seed, steps }).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return [...task.train, ...flags, ...probeFlags(PROBED_STEPS, steps)];
}
