import { describe, expect, test } from 'vitest';
import { createSchedule, type ScheduleConfig } from './schedule.ts';

const rates = (config: ScheduleConfig): number[] => {
  const schedule = createSchedule(config);
  return Array.from({ length: config.steps }, (_, k) => Number(schedule.at(k + 1).toPrecision(12)));
};

describe('the rate of each step', () => {
  test.each<[string, ScheduleConfig, number[]]>([
    ['constant', { kind: 'constant', peak: 0.1, steps: 3 }, [0.1, 0.1, 0.1]],
    ['warm-up', { kind: 'constant', peak: 1, steps: 5, warmup: 3 }, [0.25, 0.5, 0.75, 1, 1]],
    [
      'cosine, from peak to floor',
      { kind: 'cosine', peak: 2, steps: 5, floor: 0 },
      [2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2, 0],
    ],
    ['cosine, half-way down', { kind: 'cosine', peak: 1, steps: 3, floor: 0.5 }, [1, 0.75, 0.5]],
    ['cosine after a warm-up', { kind: 'cosine', peak: 1, steps: 5, warmup: 2, floor: 0 }, [1 / 3, 2 / 3, 1, 0.5, 0]],
    ['cosine of one step', { kind: 'cosine', peak: 1, steps: 1 }, [1]],
    ['linear, from peak to floor', { kind: 'linear', peak: 2, steps: 5, floor: 0 }, [2, 1.5, 1, 0.5, 0]],
    ['linear after a warm-up', { kind: 'linear', peak: 1, steps: 4, warmup: 1, floor: 0.5 }, [0.5, 1, 0.75, 0.5]],
    ['step', { kind: 'step', peak: 1, steps: 5, every: 2, factor: 0.1 }, [1, 1, 0.1, 0.1, 0.01]],
    ['step after a warm-up', { kind: 'step', peak: 1, steps: 4, warmup: 1, every: 2 }, [0.5, 1, 0.5, 0.5]],
  ])('%s', (_, config, wanted) => {
    expect(rates(config)).toEqual(wanted.map((rate) => Number(rate.toPrecision(12))));
  });

  test('the cosine is that of Math, and stays at its end', () => {
    const schedule = createSchedule({ kind: 'cosine', peak: 1, steps: 1001, floor: 0 });
    for (let step = 1; step <= 1001; step++)
      expect(schedule.at(step)).toBeCloseTo(0.5 * (1 + Math.cos((Math.PI * (step - 1)) / 1000)), 14);
    expect(schedule.at(2000)).toBe(schedule.at(1001));
  });

  test('a plateau lowers it after so many observations without progress, again and again', () => {
    const schedule = createSchedule({ kind: 'plateau', peak: 1, steps: 100, every: 2, factor: 0.5 });
    const seen = [3, 2, 2, 2, 1.5, 1.6, Number.NaN, 1.7, 1.7].map((loss) => {
      schedule.observe(loss);
      return schedule.at(50);
    });
    expect(seen).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]);
  });

  test('the others do not listen', () => {
    const schedule = createSchedule({ kind: 'constant', peak: 1, steps: 9 });
    for (const loss of [1, 2, 3, 4]) schedule.observe(loss);
    expect(schedule.at(9)).toBe(1);
  });
});

test('its state, through JSON, lets another go on where it stopped', () => {
  const config: ScheduleConfig = { kind: 'plateau', peak: 1, steps: 100, every: 2 };
  const [first, second] = [createSchedule(config), createSchedule(config)];
  second.restore(JSON.parse(JSON.stringify(first.state())) as Record<string, number>);
  for (const loss of [2, 3, 3, 3]) first.observe(loss);
  second.restore(JSON.parse(JSON.stringify(first.state())) as Record<string, number>);
  for (const loss of [2.5, 1, 1, 1]) for (const schedule of [first, second]) schedule.observe(loss);
  expect(second.at(9)).toBe(first.at(9));
  expect(second.state()).toEqual(first.state());
  expect(first.state()).toEqual({ scale: 0.125, best: 1, stale: 0 });
});

test.each<[Partial<ScheduleConfig>, string]>([
  [{ peak: 0 }, 'peak must be a number above 0, got 0'],
  [{ warmup: 11 }, 'warmup must be in [0, 10], the number of steps, got 11'],
  [{ floor: 1.5 }, 'floor must be in [0, 1], got 1.5'],
  [{ every: 0 }, 'every must be at least 1, got 0'],
  [{ factor: 0 }, 'factor must be in (0, 1], got 0'],
])('%o is refused', (wrong, message) => {
  expect(() => createSchedule({ kind: 'cosine', peak: 1, steps: 10, ...wrong })).toThrow(
    `createSchedule: ${message}`,
  );
});
