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
