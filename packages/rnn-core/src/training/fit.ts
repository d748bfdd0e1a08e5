import { ConfigError } from '../errors.ts';
import { host } from '../host.ts';
import { NonFiniteError } from './check-finite.ts';

import {
  type CheckpointStore,
  checkpointOf,
  firstLossOf,
  restoreCheckpoint,
  type SaveOptions,
} from './checkpoint.ts';
import { DivergenceCheck } from './divergence.ts';

import { EarlyStopping } from './early-stopping.ts';
import { yieldToEventLoop } from './event-loop.ts';
import type { Json } from './json.ts';
import type { StepPlan } from './step-plan.ts';
import type { TrainingTask, Validation } from './training-task.ts';

/** What is logged of one step: a step's metrics, a validation's, or a snapshot of its gradients under `gradients`. */
export interface MetricsRecord {
  readonly step: number;
  readonly [metric: string]: Json;
}

/** Of {@link fit}. */
export interface FitOptions {
  /** Steps of the whole training, those before a resume included; `learner.plan` may revise them. */
  readonly steps: number;
  /** Steps between validations, each of which saves a checkpoint; by default a tenth of all steps. */
  readonly validateEvery?: number | undefined;
  /** Early stopping: validations without improvement before training stops; 0 for never. */
  readonly patience?: number | undefined;
  /** Where checkpoints are kept, and where training resumes from; by default nowhere. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** Is called after every step but the last, and may revise the number of steps: `learner.plan.revise({ … })`. */
  readonly replan?: ((at: Reached) => void) | undefined;
  /** Receives every record; what it returns is awaited. */
  readonly log?: ((record: MetricsRecord) => void | Promise<void>) | undefined;
  /** Stops the training after the present step, and saves it: an `AbortSignal`. */
  readonly signal?: { readonly aborted: boolean } | undefined;
}

/** How far a training is. */
export interface Reached {
  /** The last step done. */
  readonly step: number;
  /** The part of the training's work that is done, in (0, 1]. */
  readonly progress: number;
  /** Seconds since the start or the last resume, without validation and saving. */
  readonly seconds: number;
}

/** How a training ended. */
export interface FitResult {
  /** The last step done. */
  readonly step: number;
  /** All steps done, patience ran out, the task has nothing left to learn, or the signal was aborted. */
  readonly stopped: 'steps' | 'early' | 'done' | 'signal';
  /** The lowest validation loss. */
  readonly bestLoss: number;
  /** The fraction of updates whose gradient was clipped. */
  readonly clippedFraction: number;
  /** Seconds spent in steps since the start or the last resume, without validation and saving. */
  readonly stepSeconds: number;
}

const SAVE_SECONDS = 60; // at most this much work is lost to a power cut

/**
 * The training loop: steps, validation, early stopping, checkpoints.
 *
 *     const checkpoints = new MemoryCheckpoints();
 *     const { bestLoss } = await fit(task, { steps: 1000, patience: 3, checkpoints, log: console.log });
 *     loadWeights(model, checkpoints.best());
 *
 * Whenever it is stopped, resuming reaches the same bits as not stopping: a step depends only on what a checkpoint holds and
 * on the step's number, which names its stream of randomness.
 *
 * @throws ConfigError when `steps` or `validateEvery` is not a whole number of at least 1
 * @throws NonFiniteError naming the step and the tensor where the first NaN or infinity arose; nothing is saved then
 * @throws DivergenceError when the loss is far above the first step's; nothing is saved then either
 */
export async function fit(task: TrainingTask, options: FitOptions): Promise<FitResult> {
  const { checkpoints, log, signal, replan } = options;
  const { learner } = task;
  const { plan } = learner;
  let steps = stepsOf(plan, options);
  const every = validationInterval(options);
  checkCounts({ steps: options.steps, validateEvery: every });
  const early = new EarlyStopping(options.patience || Number.POSITIVE_INFINITY);
  const resumed = await checkpoints?.last();
  if (resumed) restoreCheckpoint(resumed, task, early);
  let step = resumed?.step ?? 0;
  const divergence = new DivergenceCheck(resumed && firstLossOf(resumed));
  let stepSeconds = 0;
  const begun = now();
  let besides = 0; // seconds of validation and saving
  let saved = { step, at: now() };
  const isOver = () => step >= steps || early.shouldStop || task.isDone === true || signal?.aborted === true;
  const save = async (options: SaveOptions): Promise<void> => {
    using _ = learner.averaged();
    await checkpoints?.save(checkpointOf(step, task, early, divergence.first), options);
    saved = { step, at: now() };
  };

  while (!isOver()) {
    const start = now();
    const metrics = task.step(++step);
    stepSeconds += now() - start;
    divergence.observe(metrics['loss']);
    await log?.({ step, ...metrics });
    if (learner.gradientSnapshot) await log?.({ step, gradients: learner.gradientSnapshot });
    if (replan && step < steps) {
      replan({ step, progress: progressAt(task, step), seconds: now() - begun - besides });
      steps = stepsOf(plan, options);
    }
    const worked = now();
    if (step % every === 0 || step === steps) {
      const { loss, metrics } = await validated(task);
      if (!Number.isFinite(loss))
        throw new NonFiniteError(step, { tensor: 'validation loss', index: [], value: loss });
      divergence.validated(step, loss);
      await log?.({ step, ...metrics });
      learner.observe(loss);
      await save({ isBest: early.observe(loss), loss });
    } else if (worked - saved.at > SAVE_SECONDS) await save({ isBest: false });
    besides += now() - worked;
    await yieldToEventLoop();
  }
  if (saved.step !== step) await save({ isBest: false });

  const stopped = step === steps ? 'steps' : signal?.aborted ? 'signal' : early.shouldStop ? 'early' : 'done';
  return { step, stopped, bestLoss: early.best, clippedFraction: learner.clippedFraction, stepSeconds };
}

const stepsOf = (plan: StepPlan, { steps }: FitOptions): number => (plan.revisions.length > 0 ? plan.steps : steps);

const progressAt = (task: TrainingTask, step: number): number =>
  task.progressAt?.(step) ?? task.learner.plan.positionAt(step) / task.learner.plan.initial;

/** Validates the weights that would be saved. */
async function validated(task: TrainingTask): Promise<Validation> {
  using _ = task.learner.averaged();
  return await task.validate();
}

/** @throws ConfigError when training would never end, or never be validated */
function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts))
    if (!(Number.isSafeInteger(count) && count >= 1))
      throw new ConfigError(`fit: ${name} must be a whole number of at least 1, got ${count}`);
}

/** Steps between validations: as asked for, or a tenth of all. */
export const validationInterval = ({ steps, validateEvery }: Pick<FitOptions, 'steps' | 'validateEvery'>): number =>
  validateEvery ?? Math.max(1, Math.ceil(steps / 10));

const now = (): number => host.performance.now() / 1000;
