import { expect, test } from 'vitest';
import { evenlySpaced } from './evenly-spaced.ts';

test('takes so many, from the beginning to near the end', () => {
  const items = Array.from({ length: 10 }, (_, k) => k);
  expect(evenlySpaced(items, 4)).toEqual([0, 2, 5, 7]);
  expect(evenlySpaced(items, 10)).toBe(items);
  expect(evenlySpaced(items, 99)).toBe(items);
});
