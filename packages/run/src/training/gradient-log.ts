import { join } from 'node:path';
import type { Glimpse } from '@unroll/rnn-core';
import { readMetrics } from './metrics-log.ts';

/** How many glimpses, the last of a run, its verdict is built on. */
export const JUDGED_GLIMPSES = 5;

/** What a run's `metrics.jsonl` holds under `gradients`: everything the microscope saw, in the order of steps. */
export function glimpsesOf(folder: string): Glimpse[] {
  // The learner wrote them: what stands under this name has this form.
  return readMetrics(join(folder, 'metrics.jsonl')).flatMap(({ gradients }) =>
    gradients ? [gradients as unknown as Glimpse] : [],
  );
}
