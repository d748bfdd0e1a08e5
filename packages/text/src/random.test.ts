import { expect, test } from 'vitest';
import { below, shuffle } from './random.ts';

const from = (...draws: number[]) => ({ uint32: () => draws.shift()! });

test('below rejects the incomplete last interval, so that no number is likelier', () => {
  expect(below(from(2 ** 32 - 1, 7), 3)).toBe(1); // 2³² − 1 is in the remainder of 3
  expect(below(from(2 ** 32 - 2), 3)).toBe(2);
  expect(below(from(2 ** 32 - 1), 2 ** 32)).toBe(2 ** 32 - 1);
});

test('shuffle makes every order equally often', () => {
  const counts = new Map<string, number>();
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 3; b++)
      for (let c = 0; c < 2; c++) {
        const items = [0, 1, 2, 3];
        shuffle(items, from(a, b, c));
        counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1);
      }
  expect(counts.size).toBe(24);
});
