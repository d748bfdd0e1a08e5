import { describe, expect, test } from 'vitest';
import { readSeries, type SeriesRow, type SeriesTable } from './read-series.ts';
import { frequencyName } from './time-axis.ts';
import { formatTime } from './timestamp.ts';

const TABLE: SeriesTable = {
  where: 'sales.csv',
  name: 'sales',
  covariateNames: [],
  split: { train: 0.8, valid: 0.1 },
  decimal: 'point',
};

/** Rows `time value [covariate]`, the first on line 2. */
const read = async (rows: string, table: Partial<SeriesTable> = {}, series = '') =>
  readSeries(
    (async function* (): AsyncGenerator<SeriesRow> {
      for (const [k, row] of rows.split('\n').entries()) {
        const [time = '', value = '', ...covariates] = row.trim().split(/\s+/);
        yield { line: k + 2, time, value: value === '_' ? '' : value, series, covariates };
      }
    })(),
    { ...TABLE, ...table },
  );

test('unsorted rows are sorted, and steps without a value masked; each is said', async () => {
  const set = await read('2024-01-03 3\n2024-01-01 1\n2024-01-02 2\n2024-01-05 5\n2024-01-06 NA\n2024-01-07 7');
  const [series] = set.series;
  expect(Array.from(series!.values)).toEqual([1, 2, 3, Number.NaN, 5, Number.NaN, 7]);
  expect(set.season).toBe(7);
  expect(set.notes).toEqual([
    'sales.csv: 1 rows earlier than the row before them were sorted by time',
    'sales.csv: 2 of 7 steps have no value and are masked',
  ]);
});

test.each([
  ['2024-01-31 1\n2024-02-29 2\n2024-03-31 3\n2024-04-30 4', '1 month', 12, '2024-05-31'],
  ['2024-01 1\n2024-02 2\n2024-03 3', '1 month', 12, '2024-04-01'],
  ['1969-Q4 1\n1970-Q1 2\n1970-Q2 3', '1 quarter', 4, '1970-07-01'],
  ['1968 1\n1969 2\n1970 3', '1 year', 1, '1971-01-01'],
  ['2024/01/01 1\n2024/01/08 2\n2024/01/15 3', '1 week', 52, '2024-01-22'],
  ['2024-03-31T23:00:00+02:00 1\n2024-03-31T22:00:00Z 2\n2024-03-31T23:00:00Z 3', '1 hour', 24, '2024-04-01'],
  ['2024-01-01T00:00 1\n2024-01-01T00:15 2\n2024-01-01T00:30 3', '15 minutes', 96, '2024-01-01 00:45'],
])('the frequency of %j', async (rows, name, season, next) => {
  const set = await read(rows);
  const { axis, values } = set.series[0]!;
  expect([frequencyName(axis.frequency), set.season]).toEqual([name, season]);
  expect(formatTime(axis.at(values.length))).toBe(next);
});

test('decimal commas, when they are said to be', async () => {
  const { series } = await read('2024-01-01 1,5\n2024-01-02 2', { decimal: 'comma' });
  expect(Array.from(series[0]!.values)).toEqual([1.5, 2]);
});

test('covariates may reach into the future', async () => {
  const { series } = await read('2024-01-01 5 1\n2024-01-02 6 2\n2024-01-03 _ 3', { covariateNames: ['price'] });
  expect([Array.from(series[0]!.values), Array.from(series[0]!.covariates[0]!)]).toEqual([
    [5, 6],
    [1, 2, 3],
  ]);
});

describe('one line says where, what, and the remedy', () => {
  test.each([
    [
      '31.12.2024 1',
      'sales.csv: line 2: time must be like 2024-05-31, 2024-05-31 17:30, 2024-05 or 2024-Q2, got 31.12.2024; write it so',
    ],
    ['2024-02-30 1', 'line 2: time must be like'],
    ['2024-01-01 1\n2024-01-02 1,5', 'line 3: value must be a number such as 1234.5, got 1,5; give --decimal comma'],
    ['2024-01-01 many', 'line 2: value must be a number such as 1234.5, got many; leave it empty'],
    ['2024-01-01 1e999', 'line 2: value must be a number'],
    [
      '2024-01-01 1\n2024-01-02 2\n2024-01-01 3',
      'line 4: 2024-01-01 must occur once in series north, got it on line 2 too; add the values up, or name the column that tells series apart with --series-column',
    ],
    [
      '2024-10-26T23:00 1\n2024-10-27T00:00 2\n2024-10-27T00:00 3',
      'line 4: 2024-10-27 must occur once in series north, got it on line 3 too; write the offset, such as +02:00, where clocks were set back, or add the values up, or name',
    ],
    [
      '2024-01-01 1\n2024-01-02 2\n2024-01-03 3\n2024-01-03T12:00 4',
      'line 5: times must be 1 day apart or a multiple of it, as most are, got 2024-01-03 12:00 after 2024-01-01; resample',
    ],
    ['2024-01-01 1', 'sales.csv: must have values at two times or more, got one'],
    ['2024-01-01 _\n2024-01-02 _', 'sales.csv: series north: must have a value, got none'],
    [
      '2024-01-01 1\n2024-01-02 2\n2024-02-01 3',
      'must have a value at half of its steps of 1 day or more, got 3 of 32; resample it',
    ],
  ])('%j', async (rows, message) => {
    await expect(read(rows, {}, 'north')).rejects.toThrow(message);
  });

  test('a hole in a covariate', async () => {
    await expect(read('2024-01-01 5 1\n2024-01-02 6 NA', { covariateNames: ['price'] })).rejects.toThrow(
      'sales.csv: covariate price must be known at every step, got none at 2024-01-02; fill it in, or leave it out of --covariates',
    );
  });
});
