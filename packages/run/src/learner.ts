import {
  Adam,
  AdamW,
  createSchedule,
  type Glimpse,
  GradientClip,
  Microscope,
  type NonFinite,
  type Optimizer,
  type Parameters,
  Rmsprop,
  type Schedule,
  Sgd,
  type Tape,
  type Tensor,
  UnrollError,
} from '@unroll/rnn-core';
import { z } from 'zod';
import type { JsonObject } from './json.ts';
import type { OptimizationConfig } from './optimization-flags.ts';
import { count } from './quantity.ts';

/** Thrown when a number stopped being one. The message names the tensor, the place and the step. */
export class NonFiniteError extends UnrollError {
  override name = 'NonFiniteError';

  constructor(step: number, { tensor, index, value }: NonFinite) {
    const place = index.length > 0 ? ` at [${index.join(', ')}]` : '';
    super(`step ${count(step)}: ${tensor} must be finite, got ${value}${place}`);
  }
}

/** What one update did. */
export interface Update {
  /** The loss before it. */
  readonly loss: number;
  /** The length of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

const counters = z.object({
  optimizerSteps: z.int(),
  clip: z.object({ steps: z.int(), clippedSteps: z.int() }),
  schedule: z.record(z.string(), z.number()),
});

/**
 * What changes a model: its parameters, an optimiser, the schedule of its rate and the clipping of its gradients, with
 * everything they must remember to go on exactly where they were.
 *
 *     const learner = new Learner(parameters, config, run.steps);
 *     …
 *     using tape = new Tape(backend);
 *     const { loss } = crossEntropy(model.forward(x), y);
 *     learner.update(tape, loss, step);
 */
export class Learner implements Disposable {
  readonly parameters: Parameters;
  readonly #optimizer: Optimizer;
  readonly #schedule: Schedule;
  readonly #clip: GradientClip;
  readonly #microscope: Microscope | undefined;

  /** @param steps of the whole training, for the schedule */
  constructor(parameters: Parameters, config: OptimizationConfig, steps: number) {
    this.parameters = parameters;
    this.#optimizer = createOptimizer(parameters, config);
    this.#schedule = createSchedule({
      kind: config.schedule,
      peak: config.learningRate,
      steps,
      warmup: Math.round(config.warmup * steps),
      floor: config.rateFloor,
      factor: config.rateFactor,
      ...(config.rateEvery !== undefined && { every: config.rateEvery }),
    });
    this.#clip = new GradientClip({
      norm: config.clipNorm || undefined,
      value: config.clipValue || undefined,
    });
    if (config.watchGradients > 0)
      this.#microscope = new Microscope({ parameters, every: config.watchGradients, clip: this.#clip });
  }

  /** The share of updates so far whose gradient was too long. */
  get clippedShare(): number {
    return this.#clip.clippedShare;
  }

  /** What the last update showed of gradients through time, when it was one to look at. */
  get glimpse(): Glimpse | undefined {
    return this.#microscope?.glimpse();
  }

  /**
   * Back-propagates a loss and takes one step down its gradient.
   *
   * @param step the first being 1; decides the learning rate
   * @throws NonFiniteError when the loss or a gradient is not finite; the weights are then unchanged
   */
  update(tape: Tape, loss: Tensor, step: number): Update {
    const value = loss.item();
    if (!Number.isFinite(value))
      throw new NonFiniteError(step, tape.firstNonFinite() ?? { tensor: 'loss', index: [], value });
    tape.grad(loss, this.parameters, { watcher: this.#microscope?.at(step) });
    const { norm, scale } = this.#clip.apply(this.parameters);
    if (!Number.isFinite(norm))
      throw new NonFiniteError(
        step,
        this.parameters.firstNonFinite() ?? { tensor: 'gradient', index: [], value: norm },
      );
    const learningRate = this.#schedule.at(step);
    const update = () => this.#optimizer.step(learningRate, scale);
    if (this.#microscope) this.#microscope.update(update);
    else update();
    return { loss: value, gradientNorm: norm, learningRate };
  }

  /** Tells the schedule a validation loss; lower is better. */
  observe(loss: number): void {
    this.#schedule.observe(loss);
  }

  /** The optimiser's moments by name. */
  *moments(): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#optimizer.moments()) yield [`optimizer.${name}`, tensor];
  }

  /** All counters; with weights and moments, the whole of it. */
  state(): JsonObject {
    const { steps, clippedSteps } = this.#clip;
    return {
      optimizerSteps: this.#optimizer.steps,
      clip: { steps, clippedSteps },
      schedule: this.#schedule.state(),
    } satisfies z.infer<typeof counters>;
  }

  /** @param state what {@link state} gave */
  restore(state: unknown): void {
    const { optimizerSteps, clip, schedule } = counters.parse(state);
    this.#optimizer.steps = optimizerSteps;
    Object.assign(this.#clip, clip);
    this.#schedule.restore(schedule);
  }

  /** Gives the memory of weights and moments back. */
  [Symbol.dispose](): void {
    this.#optimizer.free();
    this.parameters.free();
  }
}

function createOptimizer(
  parameters: Parameters,
  { optimizer, beta1, beta2, weightDecay }: OptimizationConfig,
): Optimizer {
  switch (optimizer) {
    case 'adam':
      return new Adam(parameters, { beta1, beta2, weightDecay });
    case 'adamw':
      return new AdamW(parameters, { beta1, beta2, weightDecay });
    case 'rmsprop':
      return new Rmsprop(parameters, { alpha: beta2, momentum: beta1, weightDecay });
    case 'sgd':
      return new Sgd(parameters, { momentum: beta1, weightDecay });
  }
}
