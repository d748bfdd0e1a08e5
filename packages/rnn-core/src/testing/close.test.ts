import { expect, test } from 'vitest';
import { expectClose } from './close.ts';

test('what is close enough passes, infinities and NaN that are wanted too', () => {
  expectClose('x', [1, 2.0001, Number.NaN, Infinity], [1, 2, Number.NaN, Infinity], { relative: 1e-4 });
});

test('the worst index is named, with what was expected, what came, and the tolerance', () => {
  expect(() => expectClose('dw', [1, 2.5, 3.1], [1, 2, 3], { absolute: 0.01 })).toThrow(
    'dw: wanted 2 at 1 of 3, got 2.5: 0.5 off, tolerance 0.01',
  );
});

test('a NaN is worse than any number, and a missing number is noticed', () => {
  expect(() => expectClose('h', [9, Number.NaN], [1, 2], { absolute: 1 })).toThrow('wanted 2 at 1 of 2, got NaN');
  expect(() => expectClose('h', [1], [1, 2], { absolute: 1 })).toThrow('h: length must be 2, got 1');
});
