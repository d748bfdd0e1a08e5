import { DataError } from '@unroll/rnn-core';
import type { Frequency, TimeAxis } from './time-axis.ts';
import { DAY, type Time } from './timestamp.ts';

/** Days that are unlike others of their weekday, by name. */
export interface Holidays {
  /** Names in the order of the features. */
  readonly names: readonly string[];
  /** Of each name its days: `2024-12-25`, or `12-25` for that of every year. */
  readonly days: Readonly<Record<string, readonly string[]>>;
}

/**
 * Holidays from lines such as `2024-11-28 Thanksgiving` and `12-25 Christmas`; a line that begins with # is a comment.
 *
 * @throws DataError naming the line that is something else
 */
export function parseHolidays(text: string, where: string): Holidays {
  const days: Record<string, string[]> = {};
  for (const [k, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, day, name] = /^((?:\d{4}-)?\d{2}-\d{2})[\s,;]+(.+)$/.exec(line.trim()) ?? [];
    if (day === undefined || name === undefined)
      throw new DataError(`${where}: line ${k + 1}: must be a day and a name such as 12-25 Christmas, got ${line}`);
    (days[name] ??= []).push(day);
  }
  return { names: Object.keys(days), days };
}

const NO_HOLIDAYS: Holidays = { names: [], days: {} };

/**
 * What the calendar says of steps: the hour, the weekday, the time of the year, and for each holiday whether it is that day,
 * the next one or the one before. Which of them depends on the frequency.
 */
export class Calendar {
  readonly #parts: readonly Part[];

  constructor({ frequency }: TimeAxis, { names, days }: Holidays = NO_HOLIDAYS) {
    const { months, milliseconds } = frequency;
    const isDaily = isWithinDay(frequency);
    this.#parts = [
      ...(milliseconds !== undefined && milliseconds < DAY ? [waves(4, (time) => time / DAY)] : []),
      ...(isDaily ? [oneOf(7, (time) => new Date(time).getUTCDay())] : []),
      ...(months === undefined ? [waves(3, yearFraction)] : []),
      ...(months !== undefined && months < 12 ? [oneOf(12, (time) => new Date(time).getUTCMonth())] : []),
      ...(isDaily ? names.map((name) => holiday(new Set(days[name]))) : []),
    ];
  }

  /** Features of a step. */
  get size(): number {
    return this.#parts.reduce((sum, { size }) => sum + size, 0);
  }

  /** Writes the features of a time from `at` on. */
  write(time: Time, into: Float32Array, at: number): void {
    for (const { size, write } of this.#parts) {
      write(time, into, at);
      at += size;
    }
  }
}

/** Whether a step is a day or shorter, and so may lie in a holiday. */
export const isWithinDay = ({ milliseconds }: Frequency): boolean =>
  milliseconds !== undefined && milliseconds <= DAY;

interface Part {
  readonly size: number;
  readonly write: (time: Time, into: Float32Array, at: number) => void;
}

/** One of N, as 0 and 1. */
const oneOf = (size: number, which: (time: Time) => number): Part => ({
  size,
  write: (time, into, at) => into.fill(0, at, at + size).fill(1, at + which(time), at + which(time) + 1),
});

/** Sine and cosine of a fraction and of its multiples. */
const waves = (harmonics: number, fraction: (time: Time) => number): Part => ({
  size: 2 * harmonics,
  write: (time, into, at) => {
    for (let k = 1; k <= harmonics; k++) {
      const angle = 2 * Math.PI * k * fraction(time);
      into[at++] = Math.sin(angle);
      into[at++] = Math.cos(angle);
    }
  },
});

const holiday = (days: ReadonlySet<string>): Part => ({
  size: 3,
  write: (time, into, at) => {
    for (let k = -1; k <= 1; k++) {
      const day = new Date(time + k * DAY).toISOString().slice(0, 10);
      into[at++] = days.has(day) || days.has(day.slice(5)) ? 1 : 0;
    }
  },
});

function yearFraction(time: Time): number {
  const year = new Date(time).getUTCFullYear();
  const start = Date.UTC(year, 0);
  return (time - start) / (Date.UTC(year + 1, 0) - start);
}
