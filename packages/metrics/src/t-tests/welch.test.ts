import { beforeAll, expect, it } from 'vitest';
import { tTestsAreReady } from './student-t.ts';
import { welch } from './welch.ts';

beforeAll(() => tTestsAreReady);

// python3 -c "from scipy.stats import ttest_ind as t; print(t([2.31,2.29,2.34],[2.21,2.25,2.2], equal_var=False).pvalue, …)"
it('is Welch’s test as scipy computes it', () => {
  expect(welch([2.31, 2.29, 2.34], [2.21, 2.25, 2.2])).toBeCloseTo(0.011511477050888, 10);
  expect(welch([1, 2, 3, 4, 5], [2, 2.5, 9])).toBeCloseTo(0.580776458959079, 10);
  expect(welch([0.1, 0.11], [5, 5.5])).toBeCloseTo(0.030845792275403, 8);
});

it('has no opinion on single runs, and a firm one on runs that never vary', () => {
  expect(welch([1], [2, 3])).toBeUndefined();
  expect(welch([1, 1], [1, 1])).toBe(1);
  expect(welch([1, 1], [2, 2])).toBe(0);
});
