import { DAY, type Time } from './timestamp.ts';

/** The distance of two steps: a number of months, or of milliseconds. */
export type Frequency =
  | { readonly months: number; readonly milliseconds?: undefined }
  | { readonly milliseconds: number; readonly months?: undefined };

/** Steps of equal distance from a first time on. */
export class TimeAxis {
  readonly start: Time;
  readonly frequency: Frequency;
  /** Of months: whether they are given by their last day. */
  readonly #atEnd: boolean;

  constructor(start: Time, frequency: Frequency) {
    this.start = start;
    this.frequency = frequency;
    this.#atEnd = isMonthEnd(start) && new Date(start).getUTCDate() >= 28;
  }

  /** The time of step k. */
  at(k: number): Time {
    const { months, milliseconds } = this.frequency;
    if (milliseconds !== undefined) return this.start + k * milliseconds;
    const first = new Date(this.start);
    const [year, month] = [first.getUTCFullYear(), first.getUTCMonth() + k * months];
    const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    const day = this.#atEnd ? last : Math.min(first.getUTCDate(), last);
    return (
      Date.UTC(year, month, day) +
      this.start -
      Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate())
    );
  }

  /** The step at a time; undefined when it lies between two steps. */
  stepOf(time: Time): number | undefined {
    const { months, milliseconds } = this.frequency;
    const k =
      milliseconds !== undefined
        ? (time - this.start) / milliseconds
        : (monthOf(time) - monthOf(this.start)) / months;
    return Number.isInteger(k) && this.at(k) === time ? k : undefined;
  }
}

const monthOf = (time: Time): number => {
  const date = new Date(time);
  return 12 * date.getUTCFullYear() + date.getUTCMonth();
};

const isMonthEnd = (time: Time): boolean => new Date(time + DAY).getUTCDate() === 1;

/**
 * The frequency of times in ascending order: their most frequent distance, in months where they are 28 days or more and fall
 * on the same day of each month, or on the last.
 *
 * @param lists of each series; those of one time say nothing
 * @returns undefined when no two times are apart
 */
export function inferFrequency(lists: readonly (readonly Time[])[]): Frequency | undefined {
  const times = lists.flat();
  const apart = lists.flatMap((list) => list.slice(1).map((time, k) => [list[k] as Time, time] as const));
  if (apart.length === 0) return undefined;
  const milliseconds = mode(apart.map(([from, to]) => to - from));
  const isMonthly = ALIGNED.some((dayOf) => new Set(times.map(dayOf)).size === 1);
  if (milliseconds >= 28 * DAY && isMonthly) return { months: mode(apart.map(([a, b]) => monthOf(b) - monthOf(a))) };
  return { milliseconds };
}

/** What all times have in common where steps are months. */
const ALIGNED: readonly ((time: Time) => number)[] = [
  (time) => new Date(time).getUTCDate(),
  (time) => (isMonthEnd(time) ? 0 : time),
];

/** The most frequent value; of equally frequent ones the smallest. */
function mode(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return Math.min(...Array.from(counts, ([value, count]) => (count === most ? value : Infinity)));
}

const HOUR = DAY / 24;

/** `1 day`, `1 month`, `15 minutes`: how long a step is. */
export function frequencyName({ months, milliseconds }: Frequency): string {
  const units: [name: string, size: number][] =
    months === undefined
      ? [
          ['week', 7 * DAY],
          ['day', DAY],
          ['hour', HOUR],
          ['minute', 60_000],
          ['second', 1000],
        ]
      : [
          ['year', 12],
          ['quarter', 3],
          ['month', 1],
        ];
  const length = months ?? milliseconds;
  const [name, size] = units.find(([, size]) => length % size === 0) ?? ['millisecond', 1];
  return length === size ? `1 ${name}` : `${length / size} ${name}s`;
}

/** Steps of a season: a week of days, a day of hours, a year of months; 1 where there is none. */
export function seasonOf({ months, milliseconds }: Frequency): number {
  if (months !== undefined) return 12 % months === 0 ? 12 / months : 1;
  if (milliseconds === 7 * DAY) return 52;
  if (milliseconds === DAY) return 7;
  return milliseconds < DAY && DAY % milliseconds === 0 ? DAY / milliseconds : 1;
}
