import { expect, test } from 'vitest';
import { BpttSchedule } from './bptt-schedule.ts';

test('T doubles at fractions of the characters, not of the steps', () => {
  const schedule = new BpttSchedule({ bptt: 16, bpttGrowth: [0.5], steps: 300 });
  expect(schedule.bpttAt(1)).toBe(16);
  expect(schedule.bpttAt(200)).toBe(16);
  expect(schedule.bpttAt(201)).toBe(32);
  expect(schedule.bpttAt(300)).toBe(32);
  expect(schedule.progressAt(200)).toBe(0.5);
  expect(schedule.progressAt(300)).toBe(1);
});

test('without growth every step makes the same progress', () => {
  const schedule = new BpttSchedule({ bptt: 7, bpttGrowth: [], steps: 10 });
  expect(Array.from({ length: 10 }, (_, k) => schedule.bpttAt(k + 1))).toStrictEqual(new Array(10).fill(7));
  expect(schedule.progressAt(3)).toBeCloseTo(0.3, 15);
});

test('counts the steps that read so many characters of each stream', () => {
  expect(new BpttSchedule({ bptt: 16, bpttGrowth: [], steps: 1000 }).stepsFor(1600)).toBe(100);
  // Half of the characters in windows of 16, half in windows of 32: 100 + 50 steps for 3,200.
  expect(new BpttSchedule({ bptt: 16, bpttGrowth: [0.5], steps: 3000 }).stepsFor(3200)).toBeCloseTo(150, 10);
});
