import { ConfigError } from '@unroll/rnn-core';
import type { BackendChoice } from '../backend.ts';
import { conflict } from '../cli/conflict.ts';
import { flagName, typed } from '../cli/flag.ts';
import { count } from '../console/quantity.ts';
import type { JsonObject } from '../files/json.ts';
import { checkEmpty } from './empty-folder.ts';
import { ModelFolder } from './model-folder.ts';
import { readRunRecord } from './run-record.ts';
import { lengthMissing, stepsDone, type TrainingLength, validationCount } from './training-length.ts';

/** The flags that every `train` has in common. */
export interface TrainingConfig extends TrainingLength, BackendChoice {
  readonly patience?: number | undefined;
  readonly out?: string | undefined;
  readonly resume?: string | undefined;
  readonly initFrom?: string | undefined;
  readonly averageCheckpoints?: number | undefined;
  readonly tensorboard?: boolean | undefined;
}

/**
 * Refuses what the flags of a training alone show to be wrong, before any data is read.
 *
 * @throws ConfigError when the length is missing, the folder is in use, or the settings are not those of the run that is resumed
 */
export function checkUsage(config: TrainingConfig & JsonObject, app: string): void {
  const { steps, plan, epochs, minutes, out, resume } = config;
  if ((steps ?? plan ?? epochs ?? minutes) === undefined) throw lengthMissing();
  if (resume !== undefined) checkResumed(config, resume, app);
  else if (out !== undefined) checkEmpty(out);
  if (steps !== undefined) checkAveraged(config, steps);
}

function checkResumed({ steps, out, ...config }: TrainingConfig & JsonObject, path: string, app: string): void {
  if (out !== undefined) throw conflict(['--out', '--resume'], `--out: the run continues in ${path}`);
  readRunRecord(path, app);
  checkModel(config, ModelFolder.open(path, app).model, path);
  if (steps !== undefined) checkSteps(steps, stepsDone(path, app), path);
}

/** @throws ConfigError naming the first setting that decides the weights' shapes and is not as the run has it */
function checkModel(settings: JsonObject, saved: JsonObject, path: string): void {
  const key = Object.keys(saved).find(
    (key) => settings[key] !== undefined && typed(saved[key]) !== typed(settings[key]),
  );
  if (key !== undefined)
    throw new ConfigError(
      `${flagName(key)} must be ${typed(saved[key])}, as in ${path}, to resume it, got ${typed(settings[key])}`,
    );
}

/** @throws ConfigError when a run has more steps behind it than it is to have */
export function checkSteps(steps: number, done: number, path: string): void {
  if (steps < done)
    throw new ConfigError(
      `--steps must be at least the ${count(done)} steps that ${path} has done, got ${count(steps)}`,
    );
}

/** @throws ConfigError when there will be fewer validations than checkpoints to average */
export function checkAveraged({ averageCheckpoints = 1, validateEvery }: TrainingConfig, steps: number): void {
  const validations = validationCount({ steps, validateEvery });
  if (averageCheckpoints > Math.max(1, validations))
    throw new ConfigError(
      `--average-checkpoints must be at most the number of validations, ${count(validations)}, got ${averageCheckpoints}; give a smaller --validate-every`,
    );
}
