import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StepPlan } from './step-plan.ts';

test('without a revision a step is where it is', () => {
  const plan = new StepPlan(10);
  expect([1, 5, 10, 14].map((step) => plan.positionAt(step))).toEqual([1, 5, 10, 14]);
  expect(plan.steps).toBe(10);
});

test('a revision spreads what is left over the steps that are left', () => {
  const plan = new StepPlan(1000, [{ step: 100, steps: 550 }]);
  expect([50, 100, 325, 550].map((step) => plan.positionAt(step))).toEqual([50, 100, 550, 1000]);
  plan.revise({ step: 325, steps: 2575 });
  expect([100, 325, 1450, 2575].map((step) => plan.positionAt(step))).toEqual([100, 550, 775, 1000]);
  expect(plan.steps).toBe(2575);
  expect(plan.initial).toBe(1000);
});

test('positions rise, end with the last step, and what is past does not change', () => {
  const revision = fc.tuple(
    fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    fc.double({ min: 0.2, max: 5, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 500 }), fc.array(revision, { maxLength: 6 }), (initial, revisions) => {
      const plan = new StepPlan(initial);
      let at = 0;
      for (const [where, factor] of revisions) {
        const step = at + Math.max(1, Math.floor(where * (plan.steps - at)));
        if (step >= plan.steps) break;
        const past = Array.from({ length: step }, (_, k) => plan.positionAt(k + 1));
        plan.revise({ step, steps: step + Math.max(1, Math.round(factor * (plan.steps - step))) });
        expect(past.map((_, k) => plan.positionAt(k + 1))).toEqual(past);
        at = step;
      }
      const positions = Array.from({ length: plan.steps + 1 }, (_, k) => plan.positionAt(k));
      expect(positions.every((x, k) => k === 0 || x > (positions[k - 1] as number))).toBe(true);
      expect(positions.at(-1)).toBeCloseTo(initial, 9);
    }),
  );
});

test.each([
  [{ step: 0, steps: 5 }, '0:5'],
  [{ step: 10, steps: 12 }, '10:12'],
  [{ step: 6, steps: 6 }, '6:6'],
  [{ step: 2.5, steps: 6 }, '2.5:6'],
])('refuses %o', (revision, shown) => {
  expect(() => new StepPlan(10).revise(revision)).toThrow(
    `StepPlan: a revision must come after step 0 and before step 10 and leave a step, got ${shown}`,
  );
});
