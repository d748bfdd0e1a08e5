import type { Group } from '../group.ts';

/** What stands where there is no number. */
export const NONE = '–';

/** `2.310 ± 0.012`, over the seeds. */
export function figureOf({ figure, quality, failed }: Group): string {
  if (!figure) return failed > 0 ? `${failed} failed` : NONE;
  return `${figure.mean.toFixed(quality.digits)}${figure.n > 1 ? ` ± ${figure.sd.toFixed(quality.digits)}` : ''}`;
}

/** `0.66 to 1.00`, or the one number there is. */
export function range(values: readonly number[], digits: number): string {
  const ends = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return [...new Set(ends)].join(' to ');
}
