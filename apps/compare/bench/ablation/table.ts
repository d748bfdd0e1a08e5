import { meanAndSd } from '@unroll/metrics';
import type { Finished, Plan } from './plan.ts';

/**
 * How much higher each part makes the lowest validation loss than that of the same data set, time and seed without it, as a table in
 * Markdown: mean ± standard deviation over the seeds, if there are several. The first row is the loss itself.
 */
export function tableOf({ seconds, data, parts }: Plan, finished: readonly Finished[]): string {
  const columns = Object.keys(data).flatMap((name) => seconds.map((time) => ({ name, time })));
  const header = ['', ...columns.map(({ name, time }) => `${name}, ${time} s`)];
  const [base = ''] = Object.keys(parts);
  const rows = Object.keys(parts).map((part) => [
    part,
    ...columns.map(({ name, time }) => {
      const runs = finished.filter((run) => run.data === name && run.seconds === time);
      return part === base ? shown(lossesOf(runs, base), '') : shown(differences(runs, part, base), '+');
    }),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const lossesOf = (runs: readonly Finished[], part: string): number[] =>
  runs.filter((run) => run.part === part).map(({ loss }) => loss);

function differences(runs: readonly Finished[], part: string, base: string): number[] {
  const without = new Map(runs.filter((run) => run.part === base).map(({ seed, loss }) => [seed, loss]));
  return runs
    .filter((run) => run.part === part && without.has(run.seed))
    .map(({ seed, loss }) => loss - (without.get(seed) as number));
}

/** @param plus what is before a number that is not negative */
function shown(values: readonly number[], plus: string): string {
  if (values.length === 0) return '';
  const { mean, sd } = meanAndSd(values);
  const one = `${mean < 0 ? '−' : plus}${Math.abs(mean).toFixed(3)}`;
  return values.length === 1 ? one : `${one} ± ${sd.toFixed(3)}`;
}
