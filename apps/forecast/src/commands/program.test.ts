import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics, withFlags } from '@unroll/run';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Forecaster } from '../prediction/forecaster.ts';
import { readRunSeries } from './run-data.ts';
import { call, succeed, TINY, toySales } from './toy.fixture.ts';

let folder: TestFolder;
let data: string;
let trained: string;
let result: Record<string, Record<string, number>>;

beforeAll(async () => {
  folder = new TestFolder();
  data = folder.file('sales.csv', toySales(140, ['north', 'south']));
  trained = join(folder.path, 'trained');
  const { out } = await succeed(
    'train',
    '--data',
    data,
    ...TINY,
    '--steps',
    '80',
    '--validate-every',
    '40',
    '--out',
    trained,
    '--json',
  );
  result = JSON.parse(out) as typeof result;
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await succeed(...argv, '--json')).out) as Record<string, unknown>;

/** The training losses of a run. */
const lossesOf = (run: string): number[] =>
  readMetrics(join(run, 'metrics.jsonl')).flatMap(({ loss }) => (typeof loss === 'number' ? [loss] : []));

describe('train', () => {
  test('learns the week, and beats the naive forecast', () => {
    const losses = lossesOf(trained);
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 1);
    expect(result['network']!['mase']).toBeLessThan(result['naive']!['mase']! / 3);
    expect(result['network']!['windows']).toBe(4);
  });

  test.each([
    ['repeats itself', (t: number) => [3, 1, 4, 1, 5, 9, 2][t % 7] as number, ['MASE']],
    ['is constant', () => 5, ['MASE']],
    ['is 0', () => 0, ['MASE', 'wQL']],
  ])(
    'of a series that %s, the metrics that are defined; the others are left out, and why is said',
    async (_, f, without) => {
      const rows = Array.from(
        { length: 140 },
        (_, t) => `${new Date(Date.UTC(2024, 0, 1 + t)).toISOString().slice(0, 10)},${f(t)}`,
      );
      const file = folder.file('exact.csv', ['date,units', ...rows, ''].join('\n'));
      const run = join(folder.path, `exact-${without.length}-${f(0)}`);
      const flags = TINY.filter((word, k) => word !== '--series-column' && TINY[k - 1] !== '--series-column');
      const { out } = await succeed('train', '--data', file, ...flags, '--steps', '10', '--out', run);
      const outs = [out, (await succeed('evaluate', run)).out, (await succeed('backtest', run)).out];
      for (const out of outs) {
        for (const name of ['MASE', 'wQL']) {
          expect(out.includes(`${name} is left out: `)).toBe(without.includes(name));
          expect(/^method.* (MASE|wQL %) ↓.*$/m.exec(out)?.[0].includes(`${name} `) ?? false).toBe(
            !without.includes(name),
          );
        }
        expect(out).toMatch(/^method.* CRPS ↓/m);
        expect(out).not.toContain('NaN');
      }
    },
  );

  test('a resumed run ends in the weights of one that never stopped', async () => {
    const [whole, parted] = [join(folder.path, 'whole'), join(folder.path, 'parted')];
    const flags = [
      '--data',
      data,
      ...TINY,
      '--lr-schedule',
      'constant',
      '--validate-every',
      '3',
      '--conv-kernel',
      '3',
      '--head',
      'direct',
    ];
    await succeed('train', ...flags, '--steps', '6', '--out', whole);
    await succeed('train', ...flags, '--steps', '3', '--out', parted);
    await succeed('train', '--resume', parted, '--steps', '6');
    const weights = (run: string) => readFileSync(join(run, 'model.safetensors'));
    expect(weights(parted).equals(weights(whole))).toBe(true);
  });

  test.each([
    ['--distribution', 'negative-binomial', '--decimal', 'comma'],
    ['--cell', 'lstm', '--conv-kernel', '2'],
    ['--head', 'direct'],
  ])('%s %s %s %s: the loss falls', async (...flags) => {
    const file = folder.file('counts.csv', toySales(140).replaceAll(/\.\d+$/gm, ''));
    const run = join(folder.path, flags.join(''));
    await succeed(
      'train',
      '--data',
      file,
      ...TINY,
      ...flags.filter(Boolean),
      '--steps',
      '20',
      '--validate-every',
      '20',
      '--out',
      run,
    );
    const losses = lossesOf(run);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});

describe('backtest', () => {
  test('forecasts what predict forecasts from the same origin, to the bit', async () => {
    const file = join(folder.path, 'backtest.csv');
    const { out, err } = await succeed('backtest', trained, '--out', file, '--backend', 'reference');
    const lines = readFileSync(file, 'utf8').split('\n');
    const origin = '2024-05-06'; // the first of the test part
    const predicted = await succeed('predict', trained, '--origin', origin, '--backend', 'reference');
    const wanted = lines.filter((line, k) => k === 0 || line.split(',')[1] === origin);
    expect(wanted).toHaveLength(15);
    expect(predicted.out.trimEnd().split('\n')).toStrictEqual(wanted);
    for (const method of ['network', 'naive', 'seasonal naive', 'drift', 'ETS', 'ARIMA'])
      expect(out).toContain(method);
    expect(out).toMatch(/\nThe network (has the lowest MASE of all|loses: .*) over 4 forecasts\.\n/);
    expect(out).toMatch(/Its CRPS is .* % (lower|higher) than that of .* \(Diebold–Mariano, p = \S+\)\.\n$/);
    expect(err).toContain('ETS: forecasts from 4 origins');
  });

  test('more origins, of the validation part; the metrics as JSON', async () => {
    const flags = ['--split', 'valid', '--stride', '3', '--paths', '20', '--backend', 'reference'];
    const { network, significance } = await json('backtest', trained, ...flags);
    expect(network).toMatchObject({ windows: 6 });
    expect(significance).toMatchObject({ rival: expect.any(String), p: expect.any(Number) });
  });
});

test('plot draws each series on a line, and writes a page', async () => {
  const page = join(folder.path, 'page.html');
  const { out } = await succeed('plot', trained, '--out', page, '--paths', '20', '--backend', 'reference');
  expect(out).toMatch(/^north [▁-█]{65}│[▁-█]{7}\nsouth [▁-█]{65}│[▁-█]{7}\n/);
  expect(readFileSync(page, 'utf8').match(/<svg /g)).toHaveLength(6);
});

test('evaluate repeats what the training found', async () => {
  const { network } = await json('evaluate', trained, '--backend', 'reference');
  expect(network).toStrictEqual(result['network']);
});

describe('predict', () => {
  test('the steps after the last value, of every series, the lower end below the upper', async () => {
    const { out } = await succeed('predict', trained, '--backend', 'reference');
    const [header, ...rows] = out.trimEnd().split('\n');
    expect(header).toBe('series,origin,time,median,lower95,lower80,upper80,upper95');
    expect(rows).toHaveLength(14);
    expect(rows[0]).toMatch(/^north,2024-05-20,2024-05-20,/);
    for (const row of rows) {
      const [median, ...ends] = row.split(',').slice(3).map(Number);
      expect([ends[0], ends[1], median, ends[2], ends[3]]).toEqual([...ends, median].toSorted((a, b) => a! - b!));
    }
  });

  test('newer values, and the median follows the week', async () => {
    const newer = folder.file('newer.csv', toySales(147, ['north']));
    const { forecasts } = await json('predict', trained, '--data', newer, '--backend', 'reference');
    const medians = (forecasts as { time: string; median: number }[]).map(({ median }) => median);
    expect(medians).toHaveLength(7);
    expect(medians.indexOf(Math.max(...medians))).toBe(4); // the day that sells most
  });
});

test.each([
  [['train', '--steps', '1'], '--dataset or --data must be given', 2],
  [
    ['train', '--dataset', 'us-births-1994-2003', '--holidays', 'fr', '--steps', '1'],
    '--holidays must be us or a file, got fr; write a file with a day and a name on each line, such as',
    2,
  ],
  [['train', '--dataset', 'us-births-1994-2003', '--holidays', '.', '--steps', '1'], 'us or a file, got .', 2],
  [['train', '--data', 'nowhere.csv', '--steps', '1'], 'cannot read nowhere.csv', 1],
  [['train', '--dataset', 'moby-dick', '--steps', '1'], 'got moby-dick, which is for language modelling', 2],
  [['train', '--dataset', 'us-births-1994-2003', '--decimal', 'comma'], '--decimal has no effect without --data', 2],
  [
    ['train', '--head', 'direct', '--distribution', 'student-t'],
    '--distribution has no effect with --head direct',
    2,
  ],
  [['train', '--data', 'DATA', '--value-column', 'unit', '--steps', '1'], 'has no column', 1],
  [
    ['train', '--data', 'DATA', ...TINY, '--covariates', 'price', '--steps', '1'],
    'name the column with --covariates',
    1,
  ],
  [
    ['train', '--data', 'DATA', ...withFlags(TINY, '--context', '130'), '--steps', '1'],
    'must have --context + --horizon = 137 steps',
    1,
  ],
  [
    ['train', '--data', 'DATA', ...withFlags(TINY, '--horizon', '20'), '--steps', '1'],
    'must have --horizon = 20 steps of validation',
    1,
  ],
  [
    ['predict', 'RUN', '--origin', '2024-06-30'],
    'must be a time of the series north from 2024-01-01 to 2024-05-20',
    2,
  ],
  [['predict', 'RUN', '--origin', '2024-01-03'], 'must have 14 steps before a forecast', 1],
  [['evaluate', 'nowhere'], 'nowhere', 1],
  [
    ['evaluate', 'RUN', '--data-dir', 'd'],
    '--data-dir has no effect on RUN, which was trained on files of its own',
    2,
  ],
  [['backtest', 'RUN', '--part', 'valid'], '--part is now --split', 2],
])('%j: one line', async (argv, message, code) => {
  const called = await call(...argv.map((word) => word.replace(/^DATA$/, data).replace(/^RUN$/, trained)));
  expect(called.err.trimEnd().split('\n').at(-1)).toContain(message.replace('RUN', trained));
  expect(called.code).toBe(code);
});

test('covariates must be known over the horizon: rows without a value say them', async () => {
  const [, ...rows] = toySales(100).trimEnd().split('\n');
  const object = (row: string, k: number): object => {
    const [shop, date, units] = row.split(',');
    return { shop, date, units: units === '' ? null : Number(units), price: k % 5 };
  };
  const lines = rows.map((row, k) => JSON.stringify(object(row, k)));
  const file = folder.file('prices.jsonl', lines.join('\n'));
  const run = join(folder.path, 'prices');
  const flags = ['--head', 'direct', '--covariates', 'price', '--steps', '2'];
  await succeed('train', '--data', file, ...TINY, ...flags, '--out', run);
  const { err } = await call('predict', run, '--backend', 'reference');
  expect(err).toContain(
    'series north: covariate price must be known up to 2024-04-16, got none from 2024-04-10 on; add rows with it and an empty value',
  );
  const future = toySales(107)
    .trimEnd()
    .split('\n')
    .slice(-7)
    .map((row) => row.replace(/,[^,]*$/, ','));
  const longer = folder.file(
    'future.jsonl',
    [...lines, ...future.map((row, k) => JSON.stringify(object(row, k)))].join('\n'),
  );
  const { out } = await succeed('predict', run, '--data', longer, '--backend', 'reference');
  expect(out.split('\n')[1]).toMatch(/^north,2024-04-10,/);
});

test('the library forecasts what predict does', async () => {
  using forecaster = await Forecaster.load(trained, { backend: 'reference' });
  const { series } = await readRunSeries({ dir: trained });
  const { forecasts } = await json('predict', trained, '--backend', 'reference');
  const medians = (forecasts as { series: string; median: number }[]).flatMap(({ series, median }) =>
    series === 'north' ? [median] : [],
  );
  expect(Array.from(forecaster.forecast(series[0]!).point)).toStrictEqual(medians);
});

test('columns by their numbers, in a file without a header', async () => {
  const [, ...rows] = toySales(100).trimEnd().split('\n');
  const file = folder.file('bare.csv', rows.join('\n'));
  const run = join(folder.path, 'bare');
  const columns = '--series-column 1 --time-column 2 --value-column 3'.split(' ');
  const { err } = await succeed(
    'train',
    '--data',
    file,
    ...withFlags(TINY, ...columns),
    '--steps',
    '2',
    '--out',
    run,
  );
  expect(err).toContain('1 series of bare, 100 steps');
});

test('flags of paths have no effect on a model that samples none', async () => {
  const run = join(folder.path, 'quantiles');
  await succeed('train', '--data', data, ...TINY, '--head', 'direct', '--steps', '1', '--out', run);
  for (const command of ['evaluate', 'predict', 'backtest', 'plot']) {
    const { code, err } = await call(command, run, '--seed', '2', '--backend', 'reference');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`--seed has no effect on ${run}, which was trained with`),
    ]);
  }
});

test('data that are gone: where they were looked for', async () => {
  const file = folder.file('moved.csv', toySales(140));
  const run = join(folder.path, 'orphan');
  await succeed('train', '--data', file, ...TINY, '--steps', '1', '--out', run);
  const there = join(folder.path, 'there.csv');
  renameSync(file, there);
  const where = `${file}, which ${run} was trained with, was not found (looked for ${file})`;
  expect((await call('evaluate', run)).err).toContain(
    `${where}; put it back, or forecast from newer values with predict --data FILE`,
  );
  expect((await call('train', '--resume', run, '--steps', '2')).err).toContain(
    `${where}; say where it is with --data FILE`,
  );
  await succeed('train', '--resume', run, '--data', there, '--steps', '2');
});

test('a run.json without the data of the run', async () => {
  const run = join(folder.path, 'nameless');
  await succeed('train', '--data', data, ...TINY, '--steps', '1', '--out', run);
  const file = join(run, 'run.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"data": ".*",\n/, ''));
  for (const command of ['evaluate', 'predict'])
    expect((await call(command, run, '--backend', 'reference')).err).toContain(
      `${file}: config must name the data of the run, got none; the file is damaged; restore it, or forecast from newer values with predict --data FILE`,
    );
  expect((await call('train', '--resume', run, '--steps', '2')).err).toContain(
    `forecast: ${run} cannot be resumed: --dataset or --data must be given, got neither`,
  );
});

test('a series that the model does not know', async () => {
  const other = folder.file('other.csv', toySales(60, ['east']));
  const { err } = await call('predict', trained, '--data', other, '--backend', 'reference');
  expect(err).toContain('series east: must be one that the model was trained on');
});

test('the size of an embedding that a single series has not', async () => {
  const one = folder.file('one.csv', toySales(60));
  const { err, code } = await call('train', '--data', one, ...TINY, '--steps', '1', '--embedding-size', '5');
  expect([code, err]).toEqual([
    2,
    'forecast: --embedding-size has no effect with the single series of one; leave it out\n',
  ]);
});

test('counts that are no counts', async () => {
  const { err, code } = await call(
    'train',
    '--data',
    data,
    ...TINY,
    '--distribution',
    'negative-binomial',
    '--steps',
    '1',
  );
  expect([code, err]).toEqual([
    1,
    expect.stringContaining('--distribution negative-binomial must have whole numbers'),
  ]);
});
