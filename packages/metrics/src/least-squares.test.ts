import { expect, test } from 'vitest';
import { leastSquares } from './least-squares.ts';

test('least squares finds a plane', () => {
  const A = [
    [1, 2, 0],
    [1, 0, 3],
    [1, 5, 1],
    [1, 4, 4],
  ];
  const b = A.map(([a = 0, x = 0, y = 0]) => 2 * a - x + 0.5 * y);
  for (const [k, x] of leastSquares(A, b).entries()) expect(x).toBeCloseTo([2, -1, 0.5][k]!, 10);
});
