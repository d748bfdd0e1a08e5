/** Milliseconds since 1970 in UTC. */
export type Time = number;

/** Milliseconds of a day. */
export const DAY = 86_400_000;

const ISO =
  /^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;
const QUARTER = /^(\d{4})-?Q([1-4])$/i;

/**
 * Reads a timestamp: `2024`, `2024-05`, `2024-05-31`, `2024/05/31`, `2024-05-31 17:30`, `2024-05-31T17:30:00+02:00`,
 * `2024-Q2`. Without an offset it is taken as it stands; with one it is turned into UTC.
 *
 * @returns undefined when it is something else, or a day that does not exist
 */
export function parseTimestamp(text: string): Time | undefined {
  const trimmed = text.trim();
  const quarter = QUARTER.exec(trimmed);
  if (quarter) return Date.UTC(Number(quarter[1]), 3 * Number(quarter[2]) - 3);
  const found = ISO.exec(trimmed);
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found
    .slice(1, 7)
    .map((part, k) => Number(part ?? (k < 3 ? 1 : 0)));
  return timeOf([year, month, day, hour, minute, second] as Fields, found[7]);
}

type Fields = [year: number, month: number, day: number, hour: number, minute: number, second: number];

function timeOf([year, month, day, hour, minute, second]: Fields, zone = 'Z'): Time | undefined {
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(time);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  if (!exists || second >= 60) return undefined;
  return time - offsetOf(zone);
}

/** `+02:00` in milliseconds. */
function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = 60 * Number(zone.slice(1, 3)) + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -60_000 : 60_000) * minutes;
}

/** A time as people write it: `2024-05-31`, and where it is not midnight `2024-05-31 17:30`. */
export function formatTime(time: Time): string {
  const iso = new Date(time).toISOString();
  if (time % DAY === 0) return iso.slice(0, 10);
  return iso.slice(0, time % 60_000 === 0 ? 16 : 19).replace('T', ' ');
}
