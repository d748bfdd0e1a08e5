import { expect, test } from 'vitest';
import { EarlyStopping } from './early-stopping.ts';

test('it stops after so many observations without a better one, and knows which was the best', () => {
  const early = new EarlyStopping(2);
  const seen = [3, 2, 2, 1, 1.5, Number.NaN].map((loss) => [early.observe(loss), early.shouldStop]);
  expect(seen).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [true, false],
    [false, false],
    [false, true],
  ]);
  expect([early.best, early.stale]).toEqual([1, 2]);
});

test('with endless patience it never stops', () => {
  const early = new EarlyStopping(Infinity);
  for (let k = 0; k < 1000; k++) early.observe(k);
  expect(early.shouldStop).toBe(false);
});

test('best and stale are all it remembers', () => {
  const [first, second] = [new EarlyStopping(2), new EarlyStopping(2)];
  for (const loss of [1, 2]) first.observe(loss);
  Object.assign(second, JSON.parse(JSON.stringify({ best: first.best, stale: first.stale })));
  expect([second.observe(1.5), second.shouldStop]).toEqual([false, true]);
});
