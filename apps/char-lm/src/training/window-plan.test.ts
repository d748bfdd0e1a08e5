import { expect, test } from 'vitest';
import { WindowPlan } from './window-plan.ts';

test('windows double at shares of the characters, not of the steps', () => {
  const plan = new WindowPlan({ window: 16, grow: [0.5], steps: 300 });
  expect(plan.windowAt(1)).toBe(16);
  expect(plan.windowAt(200)).toBe(16);
  expect(plan.windowAt(201)).toBe(32);
  expect(plan.windowAt(300)).toBe(32);
  expect(plan.progressAt(200)).toBe(0.5);
  expect(plan.progressAt(300)).toBe(1);
});

test('without growth every step is the same share', () => {
  const plan = new WindowPlan({ window: 7, grow: [], steps: 10 });
  expect(Array.from({ length: 10 }, (_, k) => plan.windowAt(k + 1))).toStrictEqual(new Array(10).fill(7));
  expect(plan.progressAt(3)).toBeCloseTo(0.3, 15);
});

test('says how many steps a stretch of each stream takes', () => {
  expect(new WindowPlan({ window: 16, grow: [], steps: 1000 }).stepsFor(1600)).toBe(100);
  // Half of the characters in windows of 16, half in windows of 32: 100 + 50 steps for 3,200.
  expect(new WindowPlan({ window: 16, grow: [0.5], steps: 3000 }).stepsFor(3200)).toBeCloseTo(150, 10);
});
