import prettyBytes from 'pretty-bytes';
import prettyMilliseconds from 'pretty-ms';

/** Seconds for people: `420ms`, `5.2s`, `3m 20s`, `1h 5m`. */
export const duration = (seconds: number): string =>
  prettyMilliseconds(1000 * seconds, { unitCount: 2, secondsDecimalDigits: seconds < 10 ? 1 : 0 });

/** Bytes in the unit that fits: `3.25 MB`. */
export const bytes = (value: number): string => prettyBytes(value);

/** A count with its thousands set apart: `1,115,394`. */
export const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** A count of texts, and of those that differ where some occur again: `200 texts (6 different)`. */
export function countDistinct(texts: readonly string[], unit: string): string {
  const { size } = new Set(texts);
  return `${count(texts.length)} ${unit}${size === texts.length ? '' : ` (${count(size)} different)`}`;
}

/** A measured number to as many significant digits: `184,000` is 184_217 to 3. */
export const significant = (value: number, digits = 3): string =>
  value.toLocaleString('en-US', { maximumSignificantDigits: digits });
