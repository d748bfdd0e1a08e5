import { adding } from './adding.ts';
import { copy } from './copy.ts';
import { counting } from './counting.ts';
import type { MemoryTask } from './memory-task.ts';
import { parity } from './parity.ts';
import { temporalOrder } from './temporal-order.ts';

/** The classic memory tasks, by name. */
export const MEMORY_TASKS = {
  copy,
  adding,
  'temporal-order': temporalOrder,
  parity,
  counting,
} as const satisfies Readonly<Record<string, MemoryTask>>;

/** The name of a memory task, as `--task` takes it. */
export type MemoryTaskName = keyof typeof MEMORY_TASKS;

export const MEMORY_TASK_NAMES = Object.keys(MEMORY_TASKS) as [MemoryTaskName, ...MemoryTaskName[]];
