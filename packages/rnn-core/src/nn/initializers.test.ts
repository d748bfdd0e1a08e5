import { describe, expect, test } from 'vitest';
import { Rng } from '../rng.ts';
import { constant, normal, orthogonal, uniform } from './initializers.ts';
import type { Initializer } from './parameters.ts';

const filled = (initializer: Initializer, shape: readonly number[]): Float64Array => {
  const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
  initializer(values, shape, Rng.seeded(1));
  return values;
};

test('constant, uniform, normal', () => {
  expect([...filled(constant(2), [3])]).toEqual([2, 2, 2]);
  const even = filled(uniform(0.5), [10_000]);
  expect(Math.min(...even)).toBeGreaterThanOrEqual(-0.5);
  expect(Math.min(...even)).toBeLessThan(-0.499);
  expect(Math.max(...even)).toBeLessThan(0.5);
  expect(Math.max(...even)).toBeGreaterThan(0.499);
  const squares = filled(normal(3), [10_000]).reduce((sum, x) => sum + x * x, 0);
  expect(Math.abs(squares / 10_000 / 9 - 1)).toBeLessThan(0.06);
});

describe('orthogonal', () => {
  test.each<[string, readonly [number, number], number]>([
    ['a square', [8, 8], 1],
    ['one block a gate', [32, 8], 1],
    ['fewer rows than columns', [3, 8], 2],
  ])('%s: the rows of each block are orthogonal, and of one length', (_, [rows, cols], gain) => {
    const w = filled(orthogonal(gain), [rows, cols]);
    const dot = (a: number, b: number): number => {
      let sum = 0;
      for (let c = 0; c < cols; c++) sum += w[a * cols + c]! * w[b * cols + c]!;
      return sum;
    };
    for (let a = 0; a < rows; a++)
      for (let b = a - (a % cols); b <= a; b++) expect(dot(a, b)).toBeCloseTo(a === b ? gain * gain : 0, 13);
  });
});
