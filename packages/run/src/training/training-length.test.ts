import { afterEach, expect, test, vi } from 'vitest';
import { Budget } from './budget.ts';
import { ToyTask } from './toy-task.fixture.ts';
import { plannedLength, type StepCosts, type TrainingLength } from './training-length.ts';

afterEach(() => vi.restoreAllMocks());

const costs = { stepsPerEpoch: 40, createTask: (steps: number) => new ToyTask(steps), stepsBefore: 0 };

const plannedSteps = async (
  length: TrainingLength,
  costs: StepCosts<ToyTask>,
  budget: Budget | undefined,
): Promise<number> => (await plannedLength(length, costs, budget)).steps;

/** A machine on which a step takes a tenth of a second, and nothing else takes time but what is said to. */
class Machine {
  now = 0; // seconds
  readonly clock = (): number => this.now;
  validation = 0; // seconds
  saving = 0;

  readonly createTask = (steps: number): ToyTask => {
    const task = new ToyTask(steps);
    task.before = () => {
      this.now += 0.1;
    };
    vi.spyOn(task, 'validate').mockImplementation(() => {
      this.now += this.validation;
      return { loss: 1, metrics: { validLoss: 1 } };
    });
    return task;
  };

  readonly save = (): void => {
    this.now += this.saving;
  };

  /** A minute of it, from now on. */
  minute(): Budget {
    return new Budget({ minutes: 1, clock: this.clock });
  }
}

test('takes steps as they are, and epochs by their steps', async () => {
  expect(await plannedSteps({ steps: 7 }, costs, undefined)).toBe(7);
  expect(await plannedSteps({ epochs: 2.5 }, costs, undefined)).toBe(100);
  expect(await plannedSteps({ epochs: 0.001 }, costs, undefined)).toBe(1);
});

test('measures minutes, validations and the final evaluation included', async () => {
  let now = 0; // milliseconds; nothing takes time but what says so
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const createTask = (steps: number) => {
    const task = new ToyTask(steps);
    task.before = () => {
      now += 40;
    };
    return task;
  };
  const sampleEvaluation = () => ({
    run: () => {
      now += 10;
    },
    fraction: 1e-3, // ten seconds in all
  });
  const planned = (more: object) =>
    plannedSteps({ minutes: 1 }, { ...costs, createTask, ...more }, new Budget({ minutes: 1 }));
  const steps = await planned({});
  expect((now + steps * 40) / 60_000).toBeCloseTo(0.97, 1);
  const fewer = steps - (await planned({ sampleEvaluation }));
  expect(fewer).toBe(265); // 250 for the ten seconds, the others for the hundredth of the budget in which they were measured
});

test('measures steps of one epoch, since changing it takes time, and of all where they grow', async () => {
  const measured = async (progressAt?: (step: number) => number): Promise<number> => {
    let [now, last] = [0, 0];
    const createTask = (steps: number) => {
      const task = Object.assign(new ToyTask(steps), progressAt && { progressAt });
      task.before = (step) => {
        now += 0.1;
        last = Math.max(last, step);
      };
      return task;
    };
    await plannedSteps({ minutes: 1 }, { ...costs, createTask }, new Budget({ minutes: 1, clock: () => now }));
    return last;
  };
  expect(await measured()).toBeLessThanOrEqual(40);
  expect(await measured((step) => step / 10_000)).toBeGreaterThan(5000);
});

test('counts the validations that are left as often as the training is validated, however its steps are revised', async () => {
  const machine = new Machine();
  machine.validation = 1;
  const budget = machine.minute();
  const steps = await plannedSteps({ minutes: 1 }, { ...costs, createTask: machine.createTask }, budget);
  const every = Math.ceil(steps / 10);
  expect(budget.overheadSeconds(steps, 0)).toBeCloseTo(10, 1);
  expect(budget.overheadSeconds(3 * every, 2 * every)).toBeCloseTo(1, 1);
});

test('validates less often where ten validations would take too much of the time', async () => {
  const planned = async (seconds: number, more: { leastValidations?: number; validateEvery?: number } = {}) => {
    const machine = new Machine();
    machine.validation = seconds;
    const { leastValidations, validateEvery } = more;
    const { steps, validateEvery: every } = await plannedLength(
      { minutes: 1, validateEvery },
      { ...costs, createTask: machine.createTask, leastValidations },
      machine.minute(),
    );
    return { every, validations: Math.ceil(steps / (every ?? steps / 10)) };
  };
  expect(await planned(1)).toEqual({ every: undefined, validations: 10 });
  expect((await planned(2)).validations).toBe(5);
  expect((await planned(9)).validations).toBe(1);
  expect((await planned(9, { leastValidations: 3 })).validations).toBe(3);
  expect((await planned(2, { validateEvery: 40 })).every).toBe(40);
});

test('takes as many steps as there must be validations, where the time is up before the first', async () => {
  const machine = new Machine();
  machine.validation = 90;
  const slow = { ...costs, createTask: machine.createTask };
  expect(await plannedSteps({ minutes: 1 }, slow, machine.minute())).toBe(1);
  expect(await plannedSteps({ minutes: 1 }, { ...slow, leastValidations: 3 }, machine.minute())).toBe(3);
});

test('validates less often where saving takes too much of the time, too', async () => {
  const machine = new Machine();
  [machine.validation, machine.saving] = [0.5, 1.5];
  const { createTask, save } = machine;
  const planned = { ...costs, createTask, save };
  const { steps, validateEvery = 1 } = await plannedLength({ minutes: 1 }, planned, machine.minute());
  expect(Math.ceil(steps / validateEvery)).toBe(5);
});

test('counts what was done before the steps are planned, such as reading the data', async () => {
  const machine = new Machine();
  const budget = machine.minute();
  machine.now = 30;
  const steps = await plannedSteps({ minutes: 1 }, { ...costs, createTask: machine.createTask }, budget);
  expect(machine.now + steps * 0.1).toBeGreaterThan(55);
  expect(machine.now + steps * 0.1).toBeLessThan(60);
});

test('adds minutes to the steps of a resumed run', async () => {
  const resumed = { ...costs, stepsBefore: 5000 };
  expect(await plannedSteps({ minutes: 0.001 }, resumed, new Budget({ minutes: 0.001 }))).toBeGreaterThan(5000);
  expect(await plannedSteps({ steps: 7 }, resumed, undefined)).toBe(7);
});

test('minutes become no more steps than are of use', async () => {
  const planned = async (mostSteps: number): Promise<number> => {
    const machine = new Machine();
    const { createTask } = machine;
    return await plannedSteps({ minutes: 1 }, { ...costs, createTask, mostSteps }, machine.minute());
  };
  expect(await planned(100)).toBe(100);
  expect(await planned(1000)).toBeLessThan(600);
});

test('needs one of the three', async () => {
  await expect(plannedSteps({}, costs, undefined)).rejects.toThrow(
    '--steps, --epochs or --minutes must be given, got none',
  );
});
