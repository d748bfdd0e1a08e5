import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { TimeAxis } from '../data/time-axis.ts';
import type { ForecastedWindow } from '../evaluation.ts';
import { normalForecast, spreadOut } from '../quantiles.ts';
import { bestSpread } from './spread.ts';

const axis = new TimeAxis(0, { milliseconds: 86_400_000 });

/** Forecasts that say a standard deviation of 1 of values that have another. */
function windows(deviation: number): ForecastedWindow[] {
  const rng = Rng.seeded(1);
  const actual = Float64Array.from({ length: 400 }, () => 10 + deviation * rng.normal());
  const series = { name: '', axis, values: actual, covariates: [] };
  const forecast = normalForecast(new Float64Array(400).fill(10), new Float64Array(400).fill(1));
  return [{ series, origin: 0, actual, forecast }];
}

test.each([0.7, 1, 1.6, 3])('what varies by %d is found to do so', (deviation) => {
  expect(bestSpread(windows(deviation)) / deviation).toBeCloseTo(1, 0.7);
});

test('quantiles move away from the median, which stays, and none below what can be', () => {
  const far = spreadOut(normalForecast([10], [4]), 3, 0);
  expect(far.point).toEqual(Float64Array.of(10));
  expect(far.quantiles[0]).toBe(0);
  expect(far.quantiles[10]).toBe(10);
  expect(far.quantiles.at(-1)).toBeCloseTo(10 + 3 * 4 * 1.96, 1);
});
