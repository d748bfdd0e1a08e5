import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget, type Overhead, type Sample } from './budget.ts';

/** A machine on which everything takes exactly as long as it is said to, in seconds. */
class Machine {
  now = 1000;
  readonly clock = (): number => this.now;
  readonly takes = (seconds: number) => (): void => {
    this.now += seconds;
  };
}

/** The steps that fit, once everything is measured. */
async function planned(
  budget: Budget,
  step: () => unknown,
  parts: readonly (Pick<Overhead, 'times'> & Sample)[] = [],
): Promise<number> {
  const perStep = await budget.secondsPerStep(step);
  const overheads: Overhead[] = [];
  for (const { times, ...sample } of parts) overheads.push({ times, seconds: await budget.secondsOf(sample) });
  return budget.steps(perStep, overheads);
}

test('a run of the planned steps ends within the budget, and hardly before', async () => {
  const machine = new Machine();
  const budget = new Budget({ minutes: 2, clock: machine.clock });
  const start = machine.now;
  const steps = await planned(budget, machine.takes(0.05), [
    { times: (steps) => Math.ceil(steps / 100), run: machine.takes(1) },
    { times: () => 1, run: machine.takes(0.5), fraction: 0.1 },
  ]);
  const ends = machine.now - start + steps * 0.05 + Math.ceil(steps / 100) * 1 + 5;
  expect(ends).toBeLessThanOrEqual(120);
  expect(ends).toBeGreaterThan(114);
});

test('whatever things cost, the plan fits, unless one step is too much', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.05, max: 60, noNaN: true }),
      fc.double({ min: 0.001, max: 2, noNaN: true }),
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.integer({ min: 1, max: 1000 }),
      async (minutes, perStep, perEvaluation, every) => {
        const machine = new Machine();
        const start = machine.now;
        const times = (steps: number): number => Math.floor(steps / every);
        const steps = await planned(new Budget({ minutes, clock: machine.clock }), machine.takes(perStep), [
          { times, run: machine.takes(perEvaluation) },
        ]);
        const ends = machine.now - start + steps * perStep + times(steps) * perEvaluation;
        expect(steps).toBeGreaterThanOrEqual(1);
        expect(steps === 1 || ends <= minutes * 60 + 1e-6).toBe(true);
      },
    ),
  );
});

test('slow first steps are not held against the others', async () => {
  const machine = new Machine();
  const warm = machine.now + 1.5; // seconds in which a just-in-time compiler is not done yet
  const steps = await planned(new Budget({ minutes: 1, clock: machine.clock }), () => {
    machine.now += machine.now < warm ? 0.04 : 0.01;
  });
  expect(steps).toBeGreaterThan(5400);
});

test('nor is the first run of a part, multiplied, held against the whole', async () => {
  const machine = new Machine();
  let runs = 0;
  const evaluation = (): void => {
    machine.now += runs++ === 0 ? 0.4 : 0.04;
  };
  const budget = new Budget({ minutes: 1, clock: machine.clock });
  const steps = await planned(budget, machine.takes(0.01), [{ times: () => 1, run: evaluation, fraction: 0.02 }]);
  expect(steps).toBeGreaterThan(5000);
});

test('a machine that is busy most of the time is as fast as in between', async () => {
  const machine = new Machine();
  const budget = new Budget({ minutes: 1, clock: machine.clock });
  let steps = 0;
  const perToken = await budget.secondsPerToken(() => {
    const isCompiled = steps >= 10;
    const isBusy = Math.floor(steps++ / 10) % 3 !== 1;
    machine.now += isCompiled ? (isBusy ? 0.01 : 0.004) : 0.04;
    return 100;
  }, 0.02);
  expect(perToken).toBeCloseTo(4e-5, 6);
  expect(budget.spent).toBeLessThan(1.3);
});

test('the speed of a machine that is very slow takes few steps', async () => {
  const machine = new Machine();
  let steps = 0;
  await new Budget({ minutes: 0.001, clock: machine.clock }).secondsPerToken(() => {
    steps++;
    machine.now += 10;
    return 1;
  }, 0.02);
  expect(steps).toBe(8);
});

test('a budget of less than a step is one step', async () => {
  const machine = new Machine();
  const budget = new Budget({ minutes: 0.001, clock: machine.clock });
  expect(await planned(budget, machine.takes(10))).toBe(1);
});

test('nothing is left of a budget that is overdrawn', () => {
  const machine = new Machine();
  const budget = new Budget({ minutes: 1, clock: machine.clock });
  machine.takes(61)();
  expect(budget.left).toBe(0);
  expect(budget.spent).toBe(61);
});
