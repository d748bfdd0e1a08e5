import { type MeanAndSd, meanAndSd } from '@unroll/metrics';
import { COMPARED_TASKS, type Quality } from '../tasks/compared-task.ts';
import { grouped } from './grouped.ts';
import type { RunSummary } from './run-summary.ts';
import { welch } from './welch.ts';

/** Runs that differ in their seed alone, and what they come to together. */
export type Group = {
  readonly task: string;
  readonly cell: string;
  readonly hidden: number;
  readonly delay?: number;
  readonly variant?: string;
  readonly quality: Quality;
  readonly names: readonly string[];
  readonly figure?: MeanAndSd;
  /** The chance that the best group of its task is no better; undefined for the best itself and for single runs. */
  readonly pValue?: number;
  readonly isBest: boolean;
  readonly parameters?: number;
  readonly tokensPerSecond?: number;
  readonly peakMemoryBytes?: number;
  readonly seconds?: number;
  readonly failed: number;
};

/** The groups of a comparison, best first within a task. */
export function groupsOf(runs: readonly RunSummary[]): Group[] {
  const byTask = grouped(runs, ({ task, delay }) => `${task} ${delay ?? ''}`);
  return [...byTask.values()].flatMap((ofTask) =>
    ranked([...grouped(ofTask, ({ cell, hidden, variant = '' }) => `${cell} ${hidden} ${variant}`).values()]),
  );
}

function ranked(groups: readonly (readonly RunSummary[])[]): Group[] {
  const { quality } = COMPARED_TASKS.get(groups[0]?.[0]?.task ?? '') as { quality: Quality };
  const sign = quality.isHigherBetter ? -1 : 1;
  const worth = (runs: readonly RunSummary[]): number =>
    figures(runs).length > 0 ? sign * meanAndSd(figures(runs)).mean : Number.POSITIVE_INFINITY;
  const order = groups.toSorted((a, b) => worth(a) - worth(b));
  const best = order[0] ?? [];
  return order.map((runs) => {
    const [{ task, cell, hidden, delay, variant }] = runs as [RunSummary];
    const own = figures(runs);
    const pValue = runs === best ? undefined : welch(figures(best), own);
    return {
      task,
      cell,
      hidden,
      ...(delay !== undefined && { delay }),
      ...(variant !== undefined && { variant }),
      quality,
      names: runs.map(({ name }) => name),
      ...(own.length > 0 && { figure: meanAndSd(own) }),
      ...(pValue !== undefined && { pValue }),
      isBest: runs === best && own.length > 0 && order.length > 1,
      ...mean('parameters'),
      ...mean('tokensPerSecond'),
      ...mean('peakMemoryBytes'),
      ...mean('seconds'),
      failed: runs.filter(({ status }) => status === 'failed').length,
    };

    function mean(
      key: 'parameters' | 'tokensPerSecond' | 'peakMemoryBytes' | 'seconds',
    ): Partial<Record<typeof key, number>> {
      const values = numbersOf(runs, key);
      return values.length > 0 ? { [key]: meanAndSd(values).mean } : {};
    }
  });
}

const figures = (runs: readonly RunSummary[]): number[] => numbersOf(runs, 'quality');

const numbersOf = (
  runs: readonly RunSummary[],
  key: 'quality' | 'parameters' | 'tokensPerSecond' | 'peakMemoryBytes' | 'seconds',
): number[] => runs.flatMap((run) => run[key] ?? []);
