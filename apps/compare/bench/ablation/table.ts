import { meanAndSd } from '@unroll/metrics';
import type { Finished, Plan } from './plan.ts';

/** A number of each run that a table compares, and its digits behind the point. */
interface Figure {
  readonly of: (run: Finished) => number | undefined;
  readonly digits: number;
}

const FIGURES: readonly Figure[] = [
  { of: ({ loss }) => loss, digits: 3 },
  { of: ({ chrf2 }) => chrf2, digits: 1 },
];

/**
 * How much higher each part makes the lowest validation loss than that of the same data set, time and seed without it, as a table in
 * Markdown: mean ± standard deviation over the seeds, if there are several. The first row is the loss itself. Where averages of
 * checkpoints were validated, the last row is how far the better one is above the best checkpoint of the same run.
 * Where chrF2 was measured, a second table is about it.
 */
export function tablesOf(plan: Plan, finished: readonly Finished[]): string[] {
  const all = [...finished, ...averagesOf(plan, finished)];
  return FIGURES.filter(({ of }) => finished.some((run) => of(run) !== undefined)).map((figure) =>
    tableOf(plan, all, figure),
  );
}

const AVERAGES = 'averages of checkpoints';

/** The averages of the runs of the first part, as runs of a part of their own. */
const averagesOf = ({ parts }: Plan, finished: readonly Finished[]): Finished[] =>
  finished.flatMap(({ data, seconds, seed, part, steps, averaged }) =>
    averaged !== undefined && part === Object.keys(parts)[0]
      ? [{ data, seconds, seed, part: AVERAGES, steps, loss: averaged }]
      : [],
  );

function tableOf({ seconds, data, parts }: Plan, finished: readonly Finished[], { of, digits }: Figure): string {
  const columns = Object.keys(data).flatMap((name) => seconds.map((time) => ({ name, time })));
  const header = ['', ...columns.map(({ name, time }) => `${name}, ${time} s`)];
  const [base = ''] = Object.keys(parts);
  const rows = [...Object.keys(parts), AVERAGES].map((part) => [
    part,
    ...columns.map(({ name, time }) => {
      const runs = finished.filter((run) => run.data === name && run.seconds === time);
      const [own, others] = [valuesOf(runs, part, of), valuesOf(runs, base, of)];
      return part === base ? shown([...own.values()], '', digits) : shown(differences(own, others), '+', digits);
    }),
  ]);
  const used = rows.filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  return [header, header.map(() => '---'), ...used].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The numbers of the runs of a part, by seed. */
function valuesOf(runs: readonly Finished[], part: string, of: Figure['of']): Map<number, number> {
  const values = new Map<number, number>();
  for (const run of runs) {
    const value = of(run);
    if (run.part === part && value !== undefined) values.set(run.seed, value);
  }
  return values;
}

/** By how much the values are higher than others of the same seeds. */
function differences(values: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): number[] {
  return [...values].flatMap(([seed, value]) => {
    const other = others.get(seed);
    return other === undefined ? [] : [value - other];
  });
}

/** @param plus what is before a number that is not negative */
function shown(values: readonly number[], plus: string, digits: number): string {
  if (values.length === 0) return '';
  const { mean, sd } = meanAndSd(values);
  const one = `${mean < 0 ? '−' : plus}${Math.abs(mean).toFixed(digits)}`;
  return values.length === 1 ? one : `${one} ± ${sd.toFixed(digits)}`;
}
