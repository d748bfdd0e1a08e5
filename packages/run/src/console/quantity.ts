const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds as a person says them: `0.42 s`, `12 s`, `3 min 20 s`, `1 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${significant(seconds, 2)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${twoDigits(whole % MINUTE)} s`;
  return `${Math.floor(whole / HOUR)} h ${twoDigits(Math.floor((whole % HOUR) / MINUTE))} min`;
}

/** A count with its thousands set apart: `1,115,394`. */
export const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** A measured number, as far as it can be trusted: `184,000` for 184_217 at 3 digits. */
export const significant = (value: number, digits = 3): string =>
  value.toLocaleString('en-US', { maximumSignificantDigits: digits });

/** Bytes in the unit that fits: `3.2 MB`. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${significant(value / 1000 ** power)} ${units[power]}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
