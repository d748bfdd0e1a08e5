import { existsSync } from 'node:fs';
import { ConfigError } from '@unroll/rnn-core';
import { Budget, type Upkeep } from './budget.ts';
import { readCheckpoint } from './checkpoint.ts';
import { ModelFolder } from './model-folder.ts';
import { type TrainingTask, validationInterval } from './training.ts';

/** How long to train, in one of three measures, as the flags say it. */
export interface TrainingLength {
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly minutes?: number | undefined;
  readonly validateEvery?: number | undefined;
}

export interface TrainingMeasures<Task extends TrainingTask> {
  /** Steps of one pass over the data in a training of so many. */
  readonly stepsPerEpoch: number;
  /** Builds the task of a training of so many steps, to be measured and thrown away. */
  readonly trial: (steps: number) => Task;
  /** Steps a resumed run has behind it: minutes are then so many more. */
  readonly done?: number;
  /** What follows the training: the final evaluation, or a share of it. */
  readonly finale?: (trial: Task) => Pick<Upkeep, 'run' | 'share'>;
}

const TRIAL_STEPS = 10_000;
const GOLDEN = (Math.sqrt(5) - 1) / 2; // its multiples, modulo 1, spread evenly however many are taken

/**
 * The number of steps that `--steps`, `--epochs` or `--minutes` comes to. Minutes are measured: steps from all over the
 * training, in case they grow, a validation, and what follows; see {@link Budget}.
 *
 * @throws ConfigError when none of the three is given
 */
export async function plannedSteps<Task extends TrainingTask>(
  length: TrainingLength,
  measures: TrainingMeasures<Task>,
): Promise<number> {
  const { steps, epochs, minutes, validateEvery } = length;
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return Math.max(1, Math.round(epochs * measures.stepsPerEpoch));
  if (minutes === undefined) throw new ConfigError('one of --steps, --epochs and --minutes must be given, got none');

  const budget = new Budget({ minutes });
  using trial = measures.trial(TRIAL_STEPS);
  let taken = 0;
  const step = () => trial.step(1 + Math.floor(((taken++ * GOLDEN) % 1) * TRIAL_STEPS));
  const upkeep: Upkeep[] = [
    { times: (steps) => Math.ceil(steps / validationInterval(steps, validateEvery)), run: () => trial.validate() },
  ];
  const finale = measures.finale?.(trial);
  if (finale) upkeep.push({ times: () => 1, ...finale });
  return (measures.done ?? 0) + (await budget.steps(step, upkeep));
}

/** How far the run to go on with has come; 0 for a new run, or one killed before its first save. @throws CheckpointError */
export function stepsDone(resume: string | undefined, app: string): number {
  if (resume === undefined) return 0;
  const file = ModelFolder.open(resume, app).file('trainer.safetensors');
  return existsSync(file) ? readCheckpoint(file, { app }).step : 0;
}
