import { type MeanAndSd, meanAndSd } from '@unroll/metrics';
import { tTestsAreReady, welch } from '@unroll/metrics/t-tests';
import type { Metric } from '../tasks/metric.ts';
import { grouped } from './grouped.ts';
import type { RunSummary } from './run-summary.ts';

/** Runs that differ in their seed alone. */
export type Group = {
  readonly task: string;
  readonly cell: string;
  readonly hiddenSize: number;
  readonly delay?: number;
  /** What distinguishes it from other groups of its task, cell and size: `lr 0.01`. */
  readonly variant?: string;
  readonly metric: Metric;
  readonly folders: readonly string[];
  readonly score?: MeanAndSd;
  /** Welch's p against the best group on the same data; undefined for the best itself and for single runs. */
  readonly pValue?: number;
  readonly isBest: boolean;
  readonly parameters?: number;
  readonly tokensPerSecond?: number;
  readonly peakMemoryBytes?: number;
  readonly seconds?: number;
  readonly failed: number;
};

type Runs = readonly [RunSummary, ...RunSummary[]];

/**
 * The groups of runs, best first within a task. Runs are of one group when all their settings but the seed, and their data, are the
 * same; groups are compared with the best of those that were scored on the same data.
 */
export async function groupRuns(runs: readonly RunSummary[]): Promise<Group[]> {
  await tTestsAreReady;
  const byTask = grouped(runs, ({ task, delay }) => `${task} ${delay ?? ''}`);
  return [...byTask.values()].flatMap((ofTask) => {
    const alike = seedsOf(ofTask);
    const variants = variantsOf(alike);
    const scored = alike.filter((group) => scores(group).length > 0);
    const byData = grouped(scored, (group) => {
      const { dataHash = '', metric } = scoredRun(group);
      return `${metric.split} ${dataHash}`;
    });
    return [...byData.values(), alike.filter((group) => !scored.includes(group))].flatMap((groups) =>
      ranked(groups, variants),
    );
  });
}

/** Runs by settings and data. One that failed before it had settings stands with those of its cell and size. */
function seedsOf(runs: readonly RunSummary[]): Runs[] {
  const known = runs.filter(({ settings }) => settings);
  const groups = [...grouped(known, settingsKey).values()];
  for (const run of runs.filter(({ settings }) => !settings)) {
    const home = groups.find(([first]) => sizeOf(first as RunSummary) === sizeOf(run));
    if (home) home.push(run);
    else groups.push([run]);
  }
  return groups as unknown as Runs[];
}

const sizeOf = ({ cell, hiddenSize, variant = '' }: RunSummary): string => `${cell} ${hiddenSize} ${variant}`;

const settingsKey = ({ settings = {}, dataHash = '' }: RunSummary): string =>
  JSON.stringify([dataHash, Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))]);

/** What distinguishes groups of the same cell and size: the settings in which they differ. */
function variantsOf(groups: readonly Runs[]): ReadonlyMap<Runs, string> {
  const variants = new Map<Runs, string>();
  for (const alike of grouped(groups, ([run]) => sizeOf(run)).values()) {
    const settings = alike.map(([run]) => ({
      ...run.settings,
      ...(run.dataHash && { data: run.dataHash.slice(0, 8) }),
    }));
    const keys = [...new Set(settings.flatMap(Object.keys))].filter(
      (key) => new Set(settings.map((all: Record<string, unknown>) => JSON.stringify(all[key]))).size > 1,
    );
    for (const [k, group] of alike.entries()) {
      const own: Record<string, unknown> = settings[k] ?? {};
      const differing = keys.map((key) => `${key} ${valueText(own[key])}`);
      const text = [group[0].variant, ...(alike.length > 1 ? differing : [])].filter(Boolean).join(', ');
      if (text) variants.set(group, text);
    }
  }
  return variants;
}

/** A setting in a few letters; of a path its last part. */
const valueText = (value: unknown): string =>
  value === undefined
    ? 'unset'
    : typeof value === 'string'
      ? (value.split(/[\\/]/).at(-1) ?? '')
      : JSON.stringify(value);

function ranked(groups: readonly Runs[], variants: ReadonlyMap<Runs, string>): Group[] {
  const worth = (runs: Runs): number => {
    const { metric } = scoredRun(runs);
    const own = scores(runs);
    return own.length > 0 ? (metric.isHigherBetter ? -1 : 1) * meanAndSd(own).mean : Number.POSITIVE_INFINITY;
  };
  const order = groups.toSorted((a, b) => worth(a) - worth(b));
  const [best] = order;
  return order.map((runs) => {
    const [{ task, cell, hiddenSize, delay }] = runs;
    const own = scores(runs);
    const variant = variants.get(runs);
    const pValue = best === undefined || runs === best ? undefined : welch(scores(best), own);
    return {
      task,
      cell,
      hiddenSize,
      ...(delay !== undefined && { delay }),
      ...(variant !== undefined && { variant }),
      metric: scoredRun(runs).metric,
      folders: runs.map(({ folder }) => folder),
      ...(own.length > 0 && { score: meanAndSd(own) }),
      ...(pValue !== undefined && { pValue }),
      isBest: runs === best && own.length > 0 && order.length > 1,
      ...mean(runs, 'parameters'),
      ...mean(runs, 'tokensPerSecond'),
      ...mean(runs, 'peakMemoryBytes'),
      ...mean(runs, 'seconds'),
      failed: runs.filter(({ status }) => status === 'failed').length,
    };
  });
}

/** The run that knows which data the scores are of. */
const scoredRun = (runs: Runs): RunSummary => runs.find(({ score }) => score !== undefined) ?? runs[0];

type Averaged = 'parameters' | 'tokensPerSecond' | 'peakMemoryBytes' | 'seconds';

function mean(runs: Runs, key: Averaged): Partial<Record<Averaged, number>> {
  const values = numbersOf(runs, key);
  return values.length > 0 ? { [key]: meanAndSd(values).mean } : {};
}

const scores = (runs: Runs): number[] => numbersOf(runs, 'score');
const numbersOf = (runs: Runs, key: 'score' | Averaged): number[] => runs.flatMap((run) => run[key] ?? []);
