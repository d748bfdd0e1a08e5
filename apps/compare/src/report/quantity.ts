import { valueText } from '../tasks/metric.ts';
import type { Group } from './group.ts';

/** Stands where there is no number. */
export const NO_VALUE = '–';

/** `2.310 ± 0.012 (3)` over the seeds, and how many runs failed. */
export function scoreText({ score, metric, failed }: Group): string {
  const failures = failed > 0 ? `${failed} failed` : '';
  if (!score) return failures || NO_VALUE;
  const deviation = score.n > 1 ? ` ± ${valueText(score.sd, metric)} (${score.n})` : '';
  return `${valueText(score.mean, metric)}${deviation}${failures && `, ${failures}`}`;
}

/** `0.66 to 1.00`, or the one number there is. */
export function range(values: readonly number[], digits: number): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return [...new Set(ends)].join(' to ');
}
