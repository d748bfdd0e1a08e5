import { existsSync } from 'node:fs';
import { ConfigError, type TrainingTask, validationInterval } from '@unroll/rnn-core';
import type { Budget, Overhead } from './budget.ts';
import { readCheckpoint } from './checkpoint-file.ts';
import { ModelFolder } from './model-folder.ts';

/** How long to train: one of three, as the flags give it. */
export interface TrainingLength {
  readonly steps?: number | undefined;
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
  /** The final evaluation, or a fraction of it. */
  readonly sampleEvaluation?: ((trial: Task) => Pick<Overhead, 'run' | 'fraction'>) | undefined;
}

const TRIAL_STEPS = 10_000;
const GOLDEN = (Math.sqrt(5) - 1) / 2; // its multiples, modulo 1, spread evenly however many are taken

/**
 * Turns `--steps`, `--epochs` or `--minutes` into a number of steps. Minutes are measured: steps from all over the training,
 * in case they grow, a validation, and the final evaluation; see {@link Budget}.
 *
 * @param budget begun when the command began; needed with minutes
 * @throws ConfigError when none of the three is given
 */
export async function plannedSteps<Task extends TrainingTask>(
  length: TrainingLength,
  costs: StepCosts<Task>,
  budget: Budget | undefined,
): Promise<number> {
  const { steps, epochs, validateEvery } = length;
  if (steps !== undefined) return steps;
  if (epochs !== undefined && costs.stepsPerEpoch !== undefined)
    return Math.max(1, Math.round(epochs * costs.stepsPerEpoch));
  if (budget === undefined) throw new ConfigError('--steps, --epochs or --minutes must be given, got none');

  using trial = costs.createTask(TRIAL_STEPS);
  let taken = 0;
  const step = () => trial.step(1 + Math.floor(((taken++ * GOLDEN) % 1) * TRIAL_STEPS));
  const validation: Overhead = {
    times: (steps) => Math.ceil(steps / validationInterval({ steps, validateEvery })),
    run: () => trial.validate(),
  };
  const evaluation = costs.sampleEvaluation?.(trial);
  const overheads = [validation, ...(evaluation ? [{ times: () => 1, ...evaluation }] : [])];
  return costs.stepsBefore + (await budget.steps(step, overheads));
}

/** The step that a run to resume has reached; 0 before its first save. @throws CheckpointError */
export function stepsDone(resume: string | undefined, app: string): number {
  if (resume === undefined) return 0;
  const file = ModelFolder.open(resume, app).file('trainer.safetensors');
  return existsSync(file) ? readCheckpoint(file, { app }).step : 0;
}
