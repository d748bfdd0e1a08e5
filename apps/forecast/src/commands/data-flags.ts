import { basename } from 'node:path';
import { Dataset, dataFiles, datasetList, describeDataset, readAllRecords } from '@unroll/datasets';
import { ConfigError } from '@unroll/rnn-core';
import { columnOf, type DataFile, dataFlags, readRecords, type SharedRequirement } from '@unroll/run';
import { z } from 'zod';
import { readSeries, type SeriesRow } from '../data/read-series.ts';
import type { SeriesSet } from '../data/time-series.ts';

const section = 'Data';
const path = z.string().min(1);
const column = (placeholder = 'NAME|N') => ({ placeholder, section });
const BY_NAME = 'its name, or its number from 1 in a file without a header';
const fraction = z.number().gt(0).lt(1);

/** Which series. */
export const seriesFlags = {
  dataset: path.optional().meta({
    description: 'named data set to train on',
    values: () => datasetList('forecasting'),
    ...column('NAME'),
  }),
  data: path.optional().meta({
    description: 'your own series, in place of --dataset: CSV, TSV or JSONL, a row for each time; gzip allowed',
    ...column('FILE'),
  }),
  timeColumn: path.default('time').meta({
    description: `column or key of the time, such as 2024-05-31, 2024-05-31 17:30, 2024-05 or 2024-Q2, at equal distances: ${BY_NAME}`,
    ...column(),
  }),
  valueColumn: path.default('value').meta({
    description: 'column or key of the number to forecast, by name or number; empty where nothing was observed',
    ...column(),
  }),
  seriesColumn: path.optional().meta({
    description: 'column or key that tells several series apart, such as shop',
    ...column(),
  }),
  covariates: z
    .array(z.string().min(1))
    .default([])
    .meta({
      description:
        'columns or keys of numbers that are known in advance; the file must have them for the steps to forecast too',
      ...column('NAME|N,…'),
    }),
  decimal: z.enum(['point', 'comma']).default('point').meta({
    description: 'what separates the fraction of a number in --data',
    section,
  }),
  validFraction: fraction.default(0.1).meta({
    description: 'fraction of each series of --data, before the test part, to validate on',
    section,
  }),
  testFraction: fraction.default(0.1).meta({
    description: 'fraction of each series of --data, the last, to test on',
    section,
  }),
};

const OF_DATA = [
  'timeColumn',
  'valueColumn',
  'seriesColumn',
  'covariates',
  'decimal',
  'validFraction',
  'testFraction',
] as const;

export const seriesRequires: readonly SharedRequirement[] = [
  { flags: OF_DATA, when: ({ data }) => data !== undefined, needs: '--data' },
  { flags: ['dataDir'], when: ({ dataset }) => dataset !== undefined, needs: '--dataset' },
];

export const seriesSchema = z.object({ ...seriesFlags, ...dataFlags });
export type SeriesConfig = z.output<typeof seriesSchema>;

/** The files of the series. */
export const seriesFiles = ({ dataset, data }: SeriesConfig): DataFile[] => dataFiles(dataset, [data]);

/** Checks the flags without reading a series. @throws ConfigError when they name no series, or leave none to train on */
export function checkSeries({ dataset, data, validFraction, testFraction }: SeriesConfig): void {
  if (data !== undefined && validFraction + testFraction >= 1)
    throw new ConfigError(
      `--valid-fraction and --test-fraction must leave something to train on, got ${validFraction} and ${testFraction}`,
    );
  if (data !== undefined) return;
  if (dataset === undefined)
    throw new ConfigError('--dataset or --data must be given, got neither; give --dataset NAME or --data FILE');
  describeDataset(dataset, 'forecasting');
}

/**
 * Reads the series of a data set or of a file.
 *
 * @throws ConfigError as {@link checkSeries}
 * @throws DataError when a file cannot be had or read
 */
export async function readSeriesSet(config: SeriesConfig, say?: (line: string) => unknown): Promise<SeriesSet> {
  checkSeries(config);
  const { dataset = '', data, covariates: covariateNames, decimal, validFraction, testFraction } = config;
  if (data !== undefined) {
    const name = basename(data)
      .replace(/\.gz$/, '')
      .replace(/\.[^.]+$/, '');
    const split = { train: 1 - validFraction - testFraction, valid: validFraction };
    return await readSeries(rowsOf(data, config), { where: data, name, covariateNames, split, decimal });
  }
  const set = Dataset.open(dataset, { dataDir: config.dataDir, ...(say && { say }) });
  const { splits } = set.description;
  if (splits.by !== 'position') throw new ConfigError(`${dataset}: a series must be split by position`);
  const split = { train: splits.train, valid: splits.valid };
  return await readSeries(datasetRows(set), {
    where: dataset,
    name: dataset,
    covariateNames: [],
    split,
    decimal: 'point',
  });
}

async function* rowsOf(data: string, config: SeriesConfig): AsyncGenerator<SeriesRow> {
  const { timeColumn, valueColumn, seriesColumn, covariates } = config;
  const columns = {
    time: columnOf(timeColumn),
    value: columnOf(valueColumn),
    ...(seriesColumn !== undefined && { series: columnOf(seriesColumn) }),
    ...Object.fromEntries(covariates.map((name, k) => [covariateKey(k), columnOf(name)])),
  };
  for await (const { line, values } of readRecords(data, columns))
    yield {
      line,
      time: values['time'] ?? '',
      value: values['value'] ?? '',
      series: values['series'] ?? '',
      covariates: covariates.map((_, k) => values[covariateKey(k)] ?? ''),
    };
}

/** The key of a covariate among the columns, with the flag that names it. */
const covariateKey = (k: number): string => `--covariates ${k}`;

async function* datasetRows(set: Dataset): AsyncGenerator<SeriesRow> {
  for await (const { line, values } of readAllRecords(set)) {
    const { time, year, month = '', day = '' } = values;
    const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    yield { line, time: time ?? date, value: values['value'] ?? '', series: '', covariates: [] };
  }
}
