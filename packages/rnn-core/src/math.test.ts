import { describe, expect, test } from 'vitest';
import { exp, ln, power, sigmoid, tanh } from './math.ts';

const SMALLEST = 2 ** -1074;

/** The largest error relative to `theirs`, subnormal results in units of the smallest. */
function worst(ours: (x: number) => number, theirs: (x: number) => number, xs: Iterable<number>) {
  let worst = { x: 0, error: 0 };
  for (const x of xs) {
    const wanted = theirs(x);
    const error = Math.abs(ours(x) - wanted);
    const relative = error / Math.max(Math.abs(wanted), 2 ** -1022);
    if (relative > worst.error) worst = { x, error: relative };
  }
  return worst;
}

/** `count` numbers from `from` to `to`, evenly and off any round ones. */
const range = (from: number, to: number, count = 20_000): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => from + ((k + 0.371) / count) * (to - from));

/** Both signs of every size from 1e-300 to 1e300. */
const allSizes = range(-300, 300, 5000).map((e) => 10 ** e);

describe('against Math, which is good to one unit in the last place', () => {
  test.each<[string, (x: number) => number, (x: number) => number, Iterable<number>]>([
    ['exp over all of its range', exp, Math.exp, range(-708, 709.7)],
    ['exp near 0', exp, Math.exp, range(-1, 1)],
    ['exp of tiny numbers', exp, Math.exp, allSizes.filter((x) => x < 1)],
    ['ln over all of its range', ln, Math.log, allSizes],
    ['ln near 1', ln, Math.log, range(0.9, 1.1)],
    ['ln of subnormal numbers', ln, Math.log, range(1, 1e6, 500).map((k) => Math.round(k) * SMALLEST)],
    ['tanh', tanh, Math.tanh, range(-25, 25)],
    ['tanh where its two forms meet', tanh, Math.tanh, range(0.04, 0.06)],
    ['tanh of tiny numbers', tanh, Math.tanh, allSizes.filter((x) => x < 1)],
    ['sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x)), range(-40, 40)],
    ['sigmoid far below 0', sigmoid, Math.exp, range(-700, -40)],
  ])('%s', (_, ours, theirs, xs) => {
    const { x, error } = worst(ours, theirs, xs);
    expect({ x, isClose: error < 1.5e-15 }).toEqual({ x, isClose: true });
  });
});

test('exp leaves through the subnormal numbers, to the nearest', () => {
  for (const x of range(-745.1, -708, 2000)) expect(Math.abs(exp(x) - Math.exp(x))).toBeLessThanOrEqual(SMALLEST);
  expect(exp(-745.13)).toBe(SMALLEST);
});

test('where the result is exact, it is exact', () => {
  expect([exp(0), exp(-0), ln(1), sigmoid(0), tanh(0)]).toEqual([1, 1, 0, 0.5, 0]);
  expect(Object.is(tanh(-0), -0)).toBe(true);
  for (let k = -1074; k <= 1023; k++) expect(Math.abs(ln(2 ** k) - k * Math.LN2)).toBeLessThanOrEqual(2e-13);
});

test('the ends: infinities, overflow, underflow, NaN', () => {
  const ends = [Infinity, -Infinity, 1e308, -1e308, Number.NaN];
  expect(ends.map(exp)).toEqual([Infinity, 0, Infinity, 0, Number.NaN]);
  expect(ends.map(tanh)).toEqual([1, -1, 1, -1, Number.NaN]);
  expect(ends.map(sigmoid)).toEqual([1, 0, 1, 0, Number.NaN]);
  expect([Infinity, 0, -0, -1, -Infinity, Number.NaN].map(ln)).toEqual([
    Infinity,
    -Infinity,
    -Infinity,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ]);
  expect([exp(709.78), exp(709.79)]).toEqual([expect.closeTo(Math.exp(709.78), -294), Infinity]);
});

test('tanh is odd, and the logistic function and its mirror sum to 1', () => {
  for (const x of range(0, 30, 1000)) {
    expect(tanh(-x)).toBe(-tanh(x));
    expect(Math.abs(sigmoid(x) + sigmoid(-x) - 1)).toBeLessThan(2.3e-16);
  }
});

test('power squares its way up', () => {
  expect([0, 1, 2, 3, 10, 31].map((n) => power(2, n))).toEqual([1, 2, 4, 8, 1024, 2 ** 31]);
  expect(power(0.999, 100_000)).toBeCloseTo(0.999 ** 100_000, 15);
  expect(power(0, 0)).toBe(1);
});
