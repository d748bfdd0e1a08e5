import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LEVELS, MEDIAN } from '../quantiles.ts';
import { arima, arimaOf } from './arima.ts';
import { interpolated } from './baseline.ts';
import { type EtsModel, ets, fitEts, fitForm } from './ets.ts';
import { EtsFilter, type EtsForm, fitOf } from './ets-model.ts';
import { drift, seasonalNaive } from './naive.ts';
import { nelderMead } from './nelder-mead.ts';

interface Golden {
  y: number[];
  ets: { form: EtsForm; season: number[]; logLikelihood: number; best: number; forecast: number[] }[];
  arima: { means: number[]; deviations: number[] };
}
const golden = JSON.parse(readFileSync(new URL('../../golden/baselines.json', import.meta.url), 'utf8')) as Golden;
const ofR = JSON.parse(readFileSync(new URL('../../golden/ets.json', import.meta.url), 'utf8')) as (EtsModel & {
  forecast: number[];
})[];
const y = Float64Array.from(golden.y);
const M = 4;

describe.each(golden.ets)('ETS of $form', ({ form, season, logLikelihood, best, forecast }) => {
  const parameters = { alpha: 0.4, beta: 0.1, gamma: 0.2, phi: form.trend === 'Ad' ? 0.9 : 1 };

  test('has the likelihood and the forecasts of statsmodels', () => {
    const filter = new EtsFilter(form, parameters, { level: 52, trend: 0.5, season });
    expect(fitOf(filter, y).logLikelihood).toBeCloseTo(logLikelihood, 8);
    for (const wanted of forecast) {
      expect(filter.mean).toBeCloseTo(wanted, 8);
      filter.advance(0);
    }
  });

  test('is fitted about as well as statsmodels does, or better', () => {
    expect(fitForm(y, form, M).logLikelihood).toBeGreaterThan(best - 2);
  });
});

test.each(ofR)('ETS of $form has the likelihood and the forecasts of R’s forecast', (fitted) => {
  const filter = new EtsFilter(fitted.form, fitted.parameters, fitted.initial);
  expect(fitOf(filter, y).logLikelihood).toBeCloseTo(fitted.logLikelihood, 6);
  for (const wanted of fitted.forecast) {
    expect(filter.mean / wanted).toBeCloseTo(1, 3);
    filter.advance(0);
  }
  expect(fitForm(y, fitted.form, M).logLikelihood).toBeGreaterThan(fitted.logLikelihood - 4); // R fits the first season, too
});

test('ETS finds the season and the trend, and its intervals grow', () => {
  expect(fitEts(y, M).form).toMatchObject({
    trend: expect.stringMatching(/^A/),
    season: expect.stringMatching(/[AM]/),
  });
  const { point, quantiles } = ets(M).fit(y, 8)(y, 8);
  expect(point).toHaveLength(8);
  const width = (k: number): number => quantiles[(k + 1) * LEVELS.length - 1]! - quantiles[k * LEVELS.length]!;
  expect(width(7)).toBeGreaterThan(width(0));
});

test('ARIMA forecasts as statsmodels does, the mean and its standard deviation', () => {
  const { point, quantiles } = arimaOf([0, 1, 1, 0, 1, 1], M)(y, 6);
  for (const [k, mean] of golden.arima.means.entries()) {
    const deviation = (quantiles[(k + 1) * LEVELS.length - 1]! - point[k]!) / 1.959963984540054;
    expect(point[k]! / mean).toBeCloseTo(1, 3);
    expect(deviation / golden.arima.deviations[k]!).toBeCloseTo(1, 2);
  }
});

test('what an ARIMA cannot be fitted to is forecast by the seasonal naive method', () => {
  const history = Float64Array.of(1, 2, 3);
  expect(arima(2).fit(history, 2)(history, 2)).toEqual(seasonalNaive(2).fit(history, 2)(history, 2));
});

test('naive, seasonal naive and drift', () => {
  const history = Float64Array.of(1, 5, 2, 6, 3, 7);
  const point = (baseline: ReturnType<typeof seasonalNaive>) =>
    Array.from(baseline.fit(history, 3)(history, 3).point);
  expect(point(seasonalNaive(1))).toEqual([7, 7, 7]);
  expect(point(seasonalNaive(2))).toEqual([3, 7, 3]);
  expect(point(drift)).toEqual([8.2, 9.4, 10.6]);
  const { quantiles } = seasonalNaive(2).fit(history, 3)(history, 3);
  const upper = (k: number): number =>
    quantiles[(k + 1) * LEVELS.length - 1]! - quantiles[k * LEVELS.length + MEDIAN]!;
  expect(upper(0)).toBeCloseTo(1.96, 3); // all errors are 1
  expect(upper(2)).toBeCloseTo(1.96 * Math.SQRT2, 3);
});

test('missing values lie between their neighbours', () => {
  const { NaN: none } = Number;
  expect(Array.from(interpolated(Float64Array.of(1, none, none, 4, none)))).toEqual([1, 2, 3, 4, 4]);
});

test('Nelder and Mead find the bottom of a curved valley', () => {
  const [a, b] = nelderMead(([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-1, 1], { tolerance: 1e-14 });
  expect([a, b]).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)]);
});
