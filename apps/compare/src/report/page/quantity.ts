import type { Group } from '../group.ts';

/** `184,000`: a measured number, as far as it can be trusted. */
export const significant = (value: number, digits = 3): string =>
  value.toLocaleString('en-US', { maximumSignificantDigits: digits });

export const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** `12 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${significant(seconds, 2)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

export const megabytes = (bytes: number): string => `${significant(bytes / 1e6)} MB`;

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
