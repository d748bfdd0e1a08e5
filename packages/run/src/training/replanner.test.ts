import { StepPlan } from '@unroll/rnn-core';
import { describe, expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { Replanner } from './replanner.ts';
import { brokenPlanRule, readPlan, writtenPlan } from './training-length.ts';

/** Trains to the end on a machine whose steps take as long as is said. @returns when it ended, in seconds, and its plan */
async function trained({
  minutes = 10,
  measured = 0.1,
  step = (_now: number) => 0.1,
  validation = { measured: 0, taken: 0 },
  evaluation = 0,
  mostSteps = Number.POSITIVE_INFINITY,
}) {
  let now = 0;
  let every = 0; // until there is a plan
  const budget = new Budget({ minutes, clock: () => now });
  const perStep = await budget.secondsPerStep(() => {
    now += measured;
  });
  const times = (steps: number, done: number): number =>
    every === 0 ? 10 : Math.ceil(steps / every) - Math.floor(done / every);
  const overheads = [
    { times, seconds: validation.measured },
    { times: () => 1, seconds: evaluation },
  ];
  const steps = budget.steps(perStep, overheads);
  const plan = new StepPlan(Math.min(steps, mostSteps));
  const { replan } = new Replanner({ budget, plan, mostSteps, onRevised: () => {} });
  every = Math.ceil(plan.steps / 10);
  const begun = now;
  let validated = 0;
  for (let k = 1; k <= plan.steps; k++) {
    now += step(now);
    if (k < plan.steps)
      replan({ step: k, progress: plan.positionAt(k) / plan.initial, seconds: now - begun - validated });
    if (k % every !== 0 && k !== plan.steps) continue;
    now += validation.taken;
    validated += validation.taken;
  }
  return { ends: now + evaluation, plan };
}

describe('a training by minutes ends in time', () => {
  test.each<[string, Parameters<typeof trained>[0]]>([
    ['when its steps take what was measured', {}],
    ['when they take twice as long', { step: () => 0.2 }],
    ['when they take half as long', { step: () => 0.05 }],
    ['when another program runs for a while', { step: (now) => (now > 200 && now < 300 ? 0.25 : 0.1) }],
    ['when the machine becomes slow near the end', { step: (now) => (now > 500 ? 0.15 : 0.1) }],
    ['when validations take a fifth of what was measured', { validation: { measured: 25, taken: 5 } }],
    ['when validations take twice as long', { validation: { measured: 10, taken: 20 } }],
    ['when its steps take a hundredth of what was measured', { measured: 5, step: () => 0.05 }],
    ['with a minute of evaluation', { step: () => 0.2, evaluation: 60 }],
  ])('%s', async (_, machine) => {
    const { ends } = await trained(machine);
    expect(ends).toBeLessThanOrEqual(600 * 1.01);
    expect(ends).toBeGreaterThan(600 * 0.95);
  });
});

test('a machine as fast as it was measured changes nothing', async () => {
  expect((await trained({ evaluation: 5, step: () => 0.103 })).plan.revisions).toEqual([]);
});

test('no revision goes beyond the most steps, and a slow machine has fewer', async () => {
  expect((await trained({ step: () => 0.05, mostSteps: 1000 })).plan.revisions).toEqual([]);
  const early = await trained({ step: (now) => (now < 300 ? 0.2 : 0.05), mostSteps: 5000 });
  expect(early.plan.revisions.length).toBeGreaterThan(1);
  expect(early.plan.steps).toBe(5000);
  const late = await trained({ step: () => 0.2, mostSteps: 5000 });
  expect(late.plan.steps).toBeLessThan(3000);
  expect(late.ends).toBeLessThanOrEqual(600 * 1.01);
});

test('a plan is read as it was written', () => {
  const plan = new StepPlan(2400, [
    { step: 240, steps: 2000 },
    { step: 1000, steps: 2600 },
  ]);
  expect(writtenPlan(plan)).toEqual(['2400', '240:2000', '1000:2600']);
  expect(readPlan(writtenPlan(plan))).toEqual(plan);
});

test.each([[['2400']], [['2400', '240:2000']], [['10', '9:30', '29:30']]])('%j is a plan', (plan) => {
  expect(brokenPlanRule(plan)).toBe(undefined);
});

const FORM = 'N,STEP:STEPS,…';

test.each([
  [[], `${FORM}: the number of steps at the start, and for each revision the step it was made at`],
  [['0'], `${FORM}: the number`],
  [['1e3'], `${FORM}: the number`],
  [['10', '20'], `${FORM}: the number`],
  [['10', '10:20'], `${FORM} where each STEP is below the number of steps until then (10), unlike 10:20`],
  [['10', '5:8', '8:9'], `${FORM} where each STEP is below the number of steps until then (8), unlike 8:9`],
  [['10', '5:4'], `${FORM} where STEPS is above its STEP, unlike 5:4`],
  [['10', '5:8', '5:9'], `${FORM} where each STEP is above the one before (5), unlike 5:9`],
])('%j is none: which rule it breaks', (plan, rule) => {
  expect(brokenPlanRule(plan)?.slice(0, rule.length)).toBe(rule);
});
