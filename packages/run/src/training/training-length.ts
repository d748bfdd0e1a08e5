import { existsSync } from 'node:fs';
import { ConfigError, StepPlan, type TrainingTask, validationInterval } from '@unroll/rnn-core';
import type { Budget, Overhead, Sample } from './budget.ts';
import { readCheckpoint } from './checkpoint-file.ts';
import { ModelFolder } from './model-folder.ts';

/** The error of a training whose length nobody gave. */
export const lengthMissing = (): ConfigError =>
  new ConfigError('--steps, --epochs or --minutes must be given, got none; for example --minutes 5');

/** How long to train: one of three, as the flags give it. */
export interface TrainingLength {
  readonly steps?: number | undefined;
  /** A number of steps and its revisions, as {@link writtenPlan} writes them. */
  readonly plan?: readonly string[] | undefined;
  readonly epochs?: number | undefined;
  readonly minutes?: number | undefined;
  readonly validateEvery?: number | undefined;
}

/** What the number of steps is chosen from. */
export interface StepCosts<Task extends TrainingTask> {
  /** Steps of one pass over the data; where there are no passes, it is left out. */
  readonly stepsPerEpoch?: number | undefined;
  /** Builds the task of a training of so many steps, to be measured and thrown away. */
  readonly createTask: (steps: number) => Task & Disposable;
  /** Steps that a resumed run has behind it: minutes are then on top of those. */
  readonly stepsBefore: number;
  /** The most that minutes become; by default no limit. */
  readonly mostSteps?: number | undefined;
  /** Saves what a validation saves; left out where it saves nothing. */
  readonly save?: ((trial: Task) => void) | undefined;
  /** The final evaluation, or a fraction of it. */
  readonly sampleEvaluation?: ((trial: Task) => Sample) | undefined;
  /** Validations that there must be, however long they and the steps before them take; 1 by default. */
  readonly leastValidations?: number | undefined;
}

/** How long a training is, and how often it is validated. */
export interface PlannedLength {
  readonly steps: number;
  /** As it was given, or so that validations do not take too much of the time; otherwise that of {@link validationInterval}. */
  readonly validateEvery: number | undefined;
}

const TRIAL_STEPS = 10_000;
const VALIDATION_SHARE = 0.2; // of the time for training and validation, at most
const GOLDEN = (Math.sqrt(5) - 1) / 2; // its multiples, modulo 1, spread evenly however many are taken

/**
 * Turns `--steps`, `--epochs` or `--minutes` into a number of steps. Minutes are measured: steps from all over the training
 * where they grow, else from one epoch, a validation with what it saves, and the final evaluation; see {@link Budget}. Where validations would take
 * too much of the time, there are fewer of them.
 *
 * @param budget begun when the command began; needed with minutes
 * @throws ConfigError when none of the three is given
 */
export async function plannedLength<Task extends TrainingTask>(
  length: TrainingLength,
  costs: StepCosts<Task>,
  budget: Budget | undefined,
): Promise<PlannedLength> {
  const { steps, plan, epochs, validateEvery } = length;
  if (steps !== undefined) return { steps, validateEvery };
  if (plan !== undefined) return { steps: readPlan(plan).initial, validateEvery };
  if (epochs !== undefined && costs.stepsPerEpoch !== undefined)
    return { steps: Math.max(1, Math.round(epochs * costs.stepsPerEpoch)), validateEvery };
  if (budget === undefined) throw lengthMissing();
  return await lengthInTime({ validateEvery }, costs, budget);
}

async function lengthInTime<Task extends TrainingTask>(
  { validateEvery }: Pick<TrainingLength, 'validateEvery'>,
  {
    createTask,
    stepsPerEpoch = TRIAL_STEPS,
    stepsBefore,
    mostSteps,
    save,
    sampleEvaluation,
    leastValidations = 1,
  }: StepCosts<Task>,
  budget: Budget,
): Promise<PlannedLength> {
  using trial = createTask(TRIAL_STEPS);
  // Steps that do not grow are all of the first epoch, since a task that shuffles its data does so whenever the epoch changes.
  const among = trial.progressAt ? TRIAL_STEPS : Math.min(TRIAL_STEPS, Math.max(1, stepsPerEpoch));
  let taken = 0;
  const perStep = await budget.secondsPerStep(() => trial.step(1 + Math.floor(((taken++ * GOLDEN) % 1) * among)));
  const validateAndSave = (): unknown => {
    save?.(trial);
    return trial.validate();
  };
  const validationSeconds = await budget.secondsOf({ run: validateAndSave });
  const evaluation = sampleEvaluation?.(trial);
  const evaluationSeconds = evaluation ? await budget.secondsOf(evaluation) : 0;

  const share = VALIDATION_SHARE * Math.max(0, budget.left - evaluationSeconds);
  const most = Math.max(leastValidations, Math.floor(share / Math.max(validationSeconds, Number.EPSILON)));
  const intervalOf = (steps: number): number =>
    validateEvery ?? Math.max(validationInterval({ steps }), Math.ceil(steps / most));
  let planned = 0; // once they are: a revision of the steps keeps the interval
  const validation: Overhead = {
    times: (steps, done) => {
      const interval = intervalOf(planned || steps);
      return Math.ceil(steps / interval) - Math.floor(done / interval);
    },
    seconds: validationSeconds,
  };
  const inTime = budget.steps(perStep, [validation, { times: () => 1, seconds: evaluationSeconds }]);
  planned = stepsBefore + Math.max(leastValidations, Math.min(inTime, mostSteps ?? Number.POSITIVE_INFINITY));
  const every = intervalOf(planned);
  return { steps: planned, validateEvery: every === validationInterval({ steps: planned }) ? validateEvery : every };
}

/** How often a training of so many steps is validated. */
export const validationCount = (length: {
  readonly steps: number;
  readonly validateEvery?: number | undefined;
}): number => Math.ceil(length.steps / validationInterval(length));

/**
 * Reads what {@link writtenPlan} wrote.
 *
 * @throws ConfigError when a revision is not between the one before and the end
 */
export const readPlan = ([initial, ...revisions]: readonly string[]): StepPlan =>
  new StepPlan(
    Number(initial),
    revisions.map((text) => {
      const [step, steps] = text.split(':').map(Number);
      return { step: Number(step), steps: Number(steps) };
    }),
  );

/** What `--plan` must be where {@link readPlan} cannot read it, with the revision that is wrong; undefined where it can. */
export function brokenPlanRule(plan: readonly string[]): string | undefined {
  const form = 'N,STEP:STEPS,…';
  if (plan.length === 0 || !plan.every((text, k) => (k === 0 ? /^[1-9]\d*$/ : /^[1-9]\d*:[1-9]\d*$/).test(text)))
    return `${form}: the number of steps at the start, and for each revision the step it was made at and the new number, such as 24000,2400:22000`;
  const wrong = (rule: string, text: string): string => `${form} where ${rule}, unlike ${text}`;
  let [before, total] = [0, Number(plan[0])];
  for (const text of plan.slice(1)) {
    const [step = 0, steps = 0] = text.split(':').map(Number);
    if (step <= before) return wrong(`each STEP is above the one before (${before})`, text);
    if (step >= total) return wrong(`each STEP is below the number of steps until then (${total})`, text);
    if (steps <= step) return wrong('STEPS is above its STEP', text);
    [before, total] = [step, steps];
  }
  return undefined;
}

/** A number of steps and its revisions as text: `24000`, `2400:22000`. */
export const writtenPlan = ({ initial, revisions }: StepPlan): string[] => [
  String(initial),
  ...revisions.map(({ step, steps }) => `${step}:${steps}`),
];

/** The step that a run to resume has reached; 0 before its first save. @throws CheckpointError */
export function stepsDone(resume: string | undefined, app: string): number {
  if (resume === undefined) return 0;
  const file = ModelFolder.open(resume, app).file('trainer.safetensors');
  return existsSync(file) ? readCheckpoint(file, { app }).step : 0;
}
