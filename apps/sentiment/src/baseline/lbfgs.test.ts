import { expect, test } from 'vitest';
import { minimize } from './lbfgs.ts';

test('finds the minimum of an ill-conditioned quadratic', () => {
  const x = Float64Array.of(5, -3, 8, 1);
  const value = minimize(
    (x, gradient) => {
      let sum = 0;
      for (const [k, value] of x.entries()) {
        const [scale, off] = [10 ** k, value - k];
        gradient[k] = scale * off;
        sum += (scale / 2) * off * off;
      }
      return sum;
    },
    x,
    { iterations: 100, tolerance: 1e-9 },
  );
  expect(value).toBeLessThan(1e-15);
  for (const [k, found] of x.entries()) expect(found).toBeCloseTo(k, 8);
});

test('stops at once where the gradient is zero', () => {
  let calls = 0;
  const flat = (): number => {
    calls++;
    return 1;
  };
  expect(minimize(flat, new Float64Array(3), { iterations: 9, tolerance: 1e-9 })).toBe(1);
  expect(calls).toBe(1);
});

test('stops where an iteration gains too little', () => {
  const iterations = (decrease: number): number => {
    let done = 0;
    const x = Float64Array.of(5, -3, 8, 1);
    minimize(
      (x, gradient) => {
        let sum = 1;
        for (const [k, value] of x.entries()) {
          gradient[k] = 10 ** k * value;
          sum += (10 ** k / 2) * value * value;
        }
        return sum;
      },
      x,
      { iterations: 100, tolerance: 1e-9, decrease, onIteration: () => void done++ },
    );
    return done;
  };
  expect(iterations(1e-2)).toBeLessThan(iterations(0) - 3);
});
