import {
  CheckpointError,
  EarlyStopping,
  loadTensors,
  NonFiniteError,
  savedTensors,
  type Tensor,
  verdictOf,
} from '@unroll/rnn-core';
import { z } from 'zod';
import { count } from '../console/quantity.ts';
import { type JsonObject, jsonObject } from '../files/json.ts';
import { glimpsesOf, JUDGED_GLIMPSES } from './gradient-log.ts';
import type { Learner } from './learner.ts';
import type { Moment, Run } from './run.ts';

/** Figures by name, as `metrics.jsonl` and the progress line take them. */
export type Figures = Readonly<Record<string, number>>;

/** What the held-out data says. */
export interface Validation {
  /** What training is to lower: it decides the best checkpoint, early stopping and the plateau. */
  readonly loss: number;
  readonly figures: Figures;
}

/** What an application brings to {@link train}: its method. The loop around it is everybody's. */
export interface TrainingTask extends Disposable {
  readonly learner: Learner;
  /** Arrays that cross from step to step, such as a carried state, by name. */
  readonly carried?: ReadonlyMap<string, Tensor>;
  /** One step, from data to `learner.update`. The first is step 1. @returns what is to be logged */
  step(step: number): Figures;
  /** Measures the held-out data with the weights of now. */
  validate(): Promise<Validation>;
  /** Whether nothing is left to learn; may become true at a validation, and ends the training. */
  readonly isDone?: boolean;
  /** Everything else that crosses from step to step, such as the place in the data. */
  state(): JsonObject;
  /** @param state what {@link state} gave */
  restore(state: JsonObject): void;
}

export interface TrainingOptions {
  /** Steps between validations; by default a tenth of all. The run is saved after each. */
  readonly validateEvery?: number | undefined;
  /** How many validations without progress end the training; 0 for any. */
  readonly patience: number;
}

/** How a training ended. */
export interface TrainingResult {
  /** Steps done: all of them, unless it stopped early. */
  readonly steps: number;
  readonly stoppedEarly: boolean;
  /** The lowest validation loss, whose weights `model.safetensors` holds. */
  readonly bestLoss: number;
  /** The share of updates whose gradient was clipped. */
  readonly clippedShare: number;
}

const SAVE_SECONDS = 60; // at most this much work is lost to a power cut

const savedState = z.object({
  learner: jsonObject,
  early: z.object({ best: z.number(), stale: z.int() }),
  task: jsonObject,
});

/**
 * The loop every application trains in: resume, steps, validation, best and last checkpoint, plateau, early stopping,
 * Ctrl-C, and an end at the first number that is none.
 *
 *     using run = Run.open({ … });
 *     using task = new CharLmTask(…);
 *     const { steps, bestLoss } = await train(run, task, config);
 *
 * Whenever it is interrupted, resuming comes to the same bits: a step depends only on what a {@link Moment} holds and on
 * the step's number, which names its stream of randomness.
 *
 * @throws Interrupted after Ctrl-C, everything saved
 * @throws NonFiniteError naming the tensor and the step; the last good checkpoint is kept
 */
export async function train(run: Run, task: TrainingTask, options: TrainingOptions): Promise<TrainingResult> {
  const { learner } = task;
  const every = validationInterval(run.steps, options.validateEvery);
  const early = new EarlyStopping(options.patience || Number.POSITIVE_INFINITY);
  run.describe({ parameters: learner.parameters.size });
  if (run.resumed) restore(run.resumed, task, early);
  let step = run.resumed?.step ?? 0;
  let saved = run.resumed ? step : undefined;
  let savedAt = run.seconds;

  const save = (isBest: boolean): void => {
    run.save(momentOf(step, task, early), { isBest });
    [saved, savedAt] = [step, run.seconds];
  };

  try {
    while (step < run.steps && !early.shouldStop && !task.isDone) {
      const figures = task.step(++step);
      await run.log({ step, ...figures });
      const { glimpse } = learner;
      if (glimpse) await run.log({ step, gradients: glimpse });
      if (step % every === 0 || step === run.steps) {
        const { loss, figures } = await task.validate();
        if (!Number.isFinite(loss))
          throw new NonFiniteError(step, { tensor: 'validation loss', index: [], value: loss });
        await run.log({ step, ...figures });
        learner.observe(loss);
        save(early.observe(loss));
      } else if (run.stopRequested || run.seconds - savedAt > SAVE_SECONDS) save(false);
      if (run.stopRequested && step < run.steps) run.stop();
    }
  } catch (error) {
    if (error instanceof NonFiniteError) error.message += `; ${remedy(run, saved)}`;
    throw error;
  }
  const seen = glimpsesOf(run.folder.path).slice(-JUDGED_GLIMPSES);
  if (seen.length > 0) run.say(verdictOf(seen).text);
  return {
    steps: step,
    stoppedEarly: step < run.steps,
    bestLoss: early.best,
    clippedShare: learner.clippedShare,
  };
}

/** Steps between validations. */
export const validationInterval = (steps: number, every?: number): number =>
  every ?? Math.max(1, Math.ceil(steps / 10));

function momentOf(step: number, task: TrainingTask, early: EarlyStopping): Moment {
  const { learner, carried = [] } = task;
  return {
    step,
    weights: savedTensors(learner.parameters),
    trainer: savedTensors([...learner.moments(), ...carried]),
    state: {
      learner: learner.state(),
      early: { best: early.best, stale: early.stale },
      task: task.state(),
    },
  };
}

function restore({ step, weights, trainer, state }: Moment, task: TrainingTask, early: EarlyStopping): void {
  const { learner, carried = [] } = task;
  const where = `checkpoint of step ${count(step)}`;
  const parsed = savedState.safeParse(state);
  if (!parsed.success)
    throw new CheckpointError(`${where}: its state must be that of a training; the file is damaged`);
  loadTensors(learner.parameters, weights, where);
  loadTensors([...learner.moments(), ...carried], trainer, where);
  learner.restore(parsed.data.learner);
  Object.assign(early, parsed.data.early);
  task.restore(parsed.data.task);
}

function remedy(run: Run, saved: number | undefined): string {
  const kept =
    saved === undefined
      ? 'training stopped before the first save'
      : `training stopped, and ${run.folder.path} keeps the checkpoint of step ${count(saved)}`;
  return `${kept}; a lower --lr or a smaller --grad-clip helps`;
}
