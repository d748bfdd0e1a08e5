import { DataError } from '@unroll/rnn-core';
import { type Frequency, frequencyName, inferFrequency, seasonOf, TimeAxis } from './time-axis.ts';
import type { SeriesSet, SplitFractions, TimeSeries } from './time-series.ts';
import { DAY, formatTime, parseTimestamp, type Time } from './timestamp.ts';

/** A row of a table of series, as text. */
export interface SeriesRow {
  /** Where it stands, for messages. */
  readonly line: number;
  readonly time: string;
  /** Empty, `NA`, `NaN`, `null` or `-` where nothing was observed. */
  readonly value: string;
  /** Which series it is of; empty where there is one. */
  readonly series: string;
  readonly covariates: readonly string[];
}

/** What {@link readSeries} must know of a table besides its rows. */
export interface SeriesTable {
  /** The file, for messages. */
  readonly where: string;
  /** For the run's folder. */
  readonly name: string;
  readonly covariateNames: readonly string[];
  readonly split: SplitFractions;
  /** What separates the fraction of a number. */
  readonly decimal: 'point' | 'comma';
}

interface Point {
  readonly line: number;
  readonly time: Time;
  readonly value: number;
  readonly covariates: readonly number[];
}

/**
 * Series from the rows of a table. Rows may stand in any order; steps without a row or without a value are missing, and
 * masked in training and evaluation; rows without a value after the last one with a value tell covariates of the future.
 *
 * @throws DataError naming the line of a time or a number that cannot be read, of a time that occurs twice, and of one off the
 * grid of the most frequent distance; and the series that has too few values
 */
export async function readSeries(rows: AsyncIterable<SeriesRow>, table: SeriesTable): Promise<SeriesSet> {
  const points = new Map<string, Point[]>();
  let unordered = 0;
  for await (const row of rows) {
    const list = points.get(row.series) ?? [];
    points.set(row.series, list);
    const point = pointOf(row, table);
    if (point.time < (list.at(-1)?.time ?? -Infinity)) unordered++;
    list.push(point);
  }
  for (const [name, list] of points) {
    list.sort((a, b) => a.time - b.time);
    checkUnique(list, name, table);
  }
  const times = Array.from(points.values(), (list) => list.map(({ time }) => time));
  const frequency = inferFrequency(times);
  if (!frequency)
    throw new DataError(`${table.where}: must have values at two times or more, got one; give a longer series`);
  const all = Array.from(points, ([name, list]) => seriesOf(name, list, frequency, table));
  const missing = all.reduce((sum, { values }) => sum + values.filter(Number.isNaN).length, 0);
  const steps = all.reduce((sum, { values }) => sum + values.length, 0);
  return {
    name: table.name,
    season: seasonOf(frequency),
    covariateNames: table.covariateNames,
    series: all,
    split: table.split,
    notes: [
      ...(unordered > 0
        ? [`${table.where}: ${unordered} rows earlier than the row before them were sorted by time`]
        : []),
      ...(missing > 0 ? [`${table.where}: ${missing} of ${steps} steps have no value and are masked`] : []),
    ],
  };
}

function pointOf({ line, time: text, value, covariates }: SeriesRow, table: SeriesTable): Point {
  const where = `${table.where}: line ${line}`;
  const time = parseTimestamp(text);
  if (time === undefined)
    throw new DataError(
      `${where}: time must be like 2024-05-31, 2024-05-31 17:30, 2024-05 or 2024-Q2, got ${shown(text)}; write it so, or name another column with --time-column`,
    );
  return {
    line,
    time,
    value: numberOf(value, `${where}: value`, table),
    covariates: covariates.map((text, k) => numberOf(text, `${where}: ${table.covariateNames[k]}`, table)),
  };
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', '-']);
const NUMBER = { point: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, comma: /^[+-]?(\d+,?\d*|,\d+)$/ };

/** @returns NaN for what is missing */
function numberOf(text: string, where: string, { decimal }: SeriesTable): number {
  const trimmed = text.trim();
  if (MISSING.has(trimmed.toLowerCase())) return Number.NaN;
  const value = Number(decimal === 'comma' ? trimmed.replace(',', '.') : trimmed);
  if (NUMBER[decimal].test(trimmed) && Number.isFinite(value)) return value;
  const isOther = NUMBER[decimal === 'comma' ? 'point' : 'comma'].test(trimmed);
  const remedy = isOther
    ? `give --decimal ${decimal === 'comma' ? 'point' : 'comma'} if that separates the fraction, or take out what groups thousands`
    : 'leave it empty where nothing was observed';
  throw new DataError(
    `${where} must be a number such as ${decimal === 'comma' ? '1234,5' : '1234.5'}, got ${shown(text)}; ${remedy}`,
  );
}

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)} …` : text || 'nothing');

function checkUnique(list: readonly Point[], name: string, { where }: SeriesTable): void {
  const at = list.findIndex(({ time }, k) => time === list[k - 1]?.time);
  if (at < 0) return;
  const [first, second] = [list[at - 1], list[at]] as [Point, Point];
  const clocks = list.every(({ time }) => time % DAY === 0)
    ? ''
    : 'write the offset, such as +02:00, where clocks were set back, or ';
  throw new DataError(
    `${where}: line ${second.line}: ${formatTime(second.time)} must occur once${name && ` in series ${name}`}, got it on line ${first.line} too; ${clocks}add the values up, or name the column that tells series apart with --series-column`,
  );
}

function seriesOf(name: string, list: readonly Point[], frequency: Frequency, table: SeriesTable): TimeSeries {
  const where = table.where + (name && `: series ${name}`);
  const from = list.findIndex(({ value }) => !Number.isNaN(value));
  if (from < 0) throw new DataError(`${where}: must have a value, got none`);
  const known = list.slice(from);
  const axis = new TimeAxis((known[0] as Point).time, frequency);
  const steps = known.map(({ time, line }) => {
    const step = axis.stepOf(time);
    if (step === undefined)
      throw new DataError(
        `${table.where}: line ${line}: times must be ${frequencyName(frequency)} apart or a multiple of it, as most are, got ${formatTime(time)} after ${formatTime(axis.start)}; resample the series to equal distances`,
      );
    return step;
  });
  const last = known.findLastIndex(({ value }) => !Number.isNaN(value));
  const values = new Float64Array((steps[last] as number) + 1).fill(Number.NaN);
  for (const [k, step] of steps.entries()) if (k <= last) values[step] = (known[k] as Point).value;
  const observed = values.length - values.filter(Number.isNaN).length;
  if (observed < values.length / 2)
    throw new DataError(
      `${where}: must have a value at half of its steps of ${frequencyName(frequency)} or more, got ${observed} of ${values.length}; resample it, or leave out where it has holes`,
    );
  const covariates = table.covariateNames.map((covariate, c) => {
    const column = new Float64Array((steps.at(-1) as number) + 1).fill(Number.NaN);
    for (const [k, step] of steps.entries()) column[step] = (known[k] as Point).covariates[c] as number;
    const hole = column.findIndex(Number.isNaN);
    if (hole >= 0)
      throw new DataError(
        `${where}: covariate ${covariate} must be known at every step, got none at ${formatTime(axis.at(hole))}; fill it in, or leave it out of --covariates`,
      );
    return column;
  });
  return { name, axis, values, covariates };
}
