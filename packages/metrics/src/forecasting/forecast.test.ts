import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { dieboldMariano, tTestsAreReady } from '../t-tests/index.ts';
import {
  coverage,
  crpsOfQuantiles,
  crpsOfSamples,
  mase,
  quantileLoss,
  seasonalNaiveError,
  smape,
  weightedQuantileLoss,
} from './forecast.ts';

interface OfPython {
  actual: number[];
  point: number[];
  samples: number[][];
  levels: number[];
  quantiles: number[];
  smape: number;
  crps: number[];
  pinball: number[];
  weightedQuantileLoss: number;
}
interface OfR {
  training: number[];
  actual: number[];
  point: number[];
  mase: Record<string, number>;
  first: number[];
  second: number[];
  dm: [statistic: number, p: number][];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), 'utf8'));
const python = read('forecast') as OfPython;
const r = read('forecast-r') as OfR;

beforeAll(() => tTestsAreReady);

test('MASE equals R’s forecast, with and without a season', () => {
  for (const [period, wanted] of Object.entries(r.mase))
    expect(mase(r.actual, r.point, seasonalNaiveError(r.training, Number(period)))).toBeCloseTo(wanted, 12);
});

test.each([1, 2, 3])('Diebold–Mariano equals R’s forecast for a horizon of %i', (horizon) => {
  const { statistic, p } = dieboldMariano(r.first, r.second, horizon);
  const [wantedStatistic, wantedP] = r.dm[horizon - 1] as [number, number];
  expect(statistic).toBeCloseTo(wantedStatistic, 11);
  expect(p).toBeCloseTo(wantedP, 11);
});

test('sMAPE and CRPS equal torchmetrics, the quantile losses scikit-learn', () => {
  const { actual, point, samples, levels, quantiles } = python;
  expect(smape(actual, point)).toBeCloseTo(python.smape, 12);
  for (const [n, y] of actual.entries())
    expect(crpsOfSamples(y, samples[n] as number[])).toBeCloseTo(python.crps[n] as number, 12);
  for (const [q, level] of levels.entries()) {
    const losses = actual.map((y, n) => quantileLoss(y, quantiles[n * levels.length + q] as number, level));
    expect(losses.reduce((a, b) => a + b) / actual.length).toBeCloseTo(python.pinball[q] as number, 12);
  }
  expect(weightedQuantileLoss(actual, { levels, quantiles })).toBeCloseTo(python.weightedQuantileLoss, 12);
});

test('CRPS of many quantiles is that of the samples they are of', () => {
  const samples = python.samples[0] as number[];
  const levels = samples.map((_, k) => (k + 0.5) / samples.length);
  const quantiles = samples.toSorted((a, b) => a - b);
  for (const y of [-20, 0.3, 5])
    expect(crpsOfQuantiles([y], { levels, quantiles })).toBeCloseTo(crpsOfSamples(y, samples), 12);
});

test('what was not observed is passed over', () => {
  const { NaN: unknown } = Number;
  expect(mase([1, unknown, 3], [2, 7, 2], 2)).toBe(0.5);
  expect(seasonalNaiveError([1, unknown, 4, 6], 1)).toBe(2);
  expect(coverage([1, 2, unknown, 4], [0, 3, 0, 4], [1, 4, 1, 5])).toBe(2 / 3);
  expect(smape([0, 1], [0, 1])).toBe(0);
});

test.each([
  [() => seasonalNaiveError([5, 5, 5], 1), 'must vary between steps 1 apart, got 2 such pairs, all equal'],
  [() => seasonalNaiveError([1, 2], 7), 'must vary between steps 7 apart, got 0 such pairs'],
  [() => mase([Number.NaN], [1], 1), 'an actual value must be known, got none'],
  [() => weightedQuantileLoss([0], { levels: [0.5], quantiles: [1] }), 'must differ from 0, got zeros alone'],
  [() => dieboldMariano([1], [1]), 'must be two lists of one length above 1, got 1 and 1'],
])('one line: %#', (call, message) => {
  expect(call).toThrow(message);
});

test('forecasts of equal losses do not differ; a constant difference is beyond chance', () => {
  expect(dieboldMariano([1, 2, 3], [1, 2, 3])).toEqual({ statistic: 0, p: 1 });
  expect(dieboldMariano([1, 1, 1], [2, 2, 2])).toEqual({ statistic: -Infinity, p: 0 });
});
