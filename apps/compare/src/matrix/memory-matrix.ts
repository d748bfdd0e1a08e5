import type { MemoryConfig } from '../config.ts';
import type { Entry } from '../matrix/matrix.ts';
import { COMPARED_TASKS, type ComparedTask } from '../tasks/compared-task.ts';

/** How often the microscope looks. */
const WATCHED_STEPS = 50;

/** The runs of `memory`: every task, cell, delay and seed, and the case that explodes. */
export function memoryEntries({ tasks, cells, delays, seeds, hidden, steps }: MemoryConfig): Entry[] {
  const entries: Entry[] = [];
  for (const name of tasks) {
    const task = COMPARED_TASKS.get(name) as ComparedTask;
    for (const cell of cells)
      for (const delay of delays)
        for (const seed of seeds)
          entries.push(
            entryOf(`${name}-${delay}-${cell}-${hidden}-s${seed}`, task, cell, hidden, seed, delay, steps, []),
          );
    if (name === 'temporal-order')
      for (const clip of [0, 0.5])
        for (const seed of seeds)
          entries.push(
            entryOf(
              `exploding-clip-${clip}-s${seed}`,
              task,
              'rnn',
              hidden,
              seed,
              EXPLODING_DELAY,
              Math.max(steps, EXPLODING_STEPS),
              [...EXPLODING, '--grad-clip', String(clip)],
            ),
          );
  }
  return entries;
}

const EXPLODING_DELAY = 20;
const EXPLODING_STEPS = 1000;

/**
 * What makes an RNN's gradients explode: a recurrent matrix that stretches by 1.3 a step, and plain gradient descent with a
 * rate large enough for it to matter. Source: Pascanu, Mikolov, Bengio 2013, on this task.
 */
const EXPLODING = '--recurrent-init orthogonal --gain 1.3 --optimizer sgd --lr 0.3'.split(' ');

function entryOf(
  name: string,
  task: ComparedTask,
  cell: string,
  hidden: number,
  seed: number,
  delay: number,
  steps: number,
  more: readonly string[],
): Entry {
  const flags = { cell, delay, seed, steps, 'probe-gradients': WATCHED_STEPS };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return { name, task, cell, hidden, seed, words: [...task.train, ...words, ...more] };
}
