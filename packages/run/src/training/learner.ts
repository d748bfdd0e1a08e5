import {
  Adam,
  AdamW,
  checkFinite,
  createSchedule,
  type Glimpse,
  GradientClip,
  Microscope,
  type Optimizer,
  type Parameters,
  Rmsprop,
  type Schedule,
  Sgd,
  type Tape,
  type Tensor,
} from '@unroll/rnn-core';
import { z } from 'zod';
import type { JsonObject } from '../files/json.ts';
import type { OptimizationConfig } from '../flags/optimization-flags.ts';

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
 *     const loss = crossEntropy(model.forward(x), y);
 *     learner.update(tape, loss, step);
 */
export class Learner implements Disposable {
  readonly parameters: Parameters;
  readonly #optimizer: Optimizer;
  readonly #schedule: Schedule;
  readonly #clip: GradientClip;
  readonly #microscope: Microscope | undefined;
  #isAccumulating = false;

  /** @param steps of the whole training, for the schedule */
  constructor(parameters: Parameters, config: OptimizationConfig, steps: number) {
    this.parameters = parameters;
    this.#optimizer = createOptimizer(parameters, config);
    this.#schedule = createSchedule({
      kind: config.lrSchedule,
      peak: config.lr,
      steps,
      warmup: Math.round(config.warmupRatio * steps),
      floor: config.minLrRatio,
      factor: config.lrFactor,
      every: config.lrSchedule === 'plateau' ? config.lrPatience : config.lrStepSize,
    });
    this.#clip = new GradientClip({
      norm: config.gradClip || undefined,
      value: config.gradClipValue || undefined,
    });
    if (config.probeGradients > 0)
      this.#microscope = new Microscope({ parameters, every: config.probeGradients, clip: this.#clip });
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
   * Back-propagates a part of a step's loss, one batch of several. The parts add up, and {@link update} takes the last;
   * each is to be scaled by its share of the whole.
   *
   * @throws NonFiniteError when the part is not finite
   */
  accumulate(tape: Tape, part: Tensor, step: number): void {
    checkFinite(step, { loss: part.item() }, tape, this.parameters);
    tape.grad(part, this.parameters, { accumulate: this.#isAccumulating });
    this.#isAccumulating = true;
  }

  /**
   * Back-propagates a loss, or the last part of one, and takes one step down the gradient.
   *
   * @param step the first being 1
   * @param place of the step in the schedule, where steps are not all of one size
   * @throws NonFiniteError when the loss or a gradient is not finite; the weights are then unchanged
   */
  update(tape: Tape, loss: Tensor, step: number, place = step): Update {
    const value = loss.item();
    checkFinite(step, { loss: value }, tape, this.parameters);
    tape.grad(loss, this.parameters, { accumulate: this.#isAccumulating, watcher: this.#microscope?.at(step) });
    this.#isAccumulating = false;
    const { norm, scale } = this.#clip.apply(this.parameters);
    checkFinite(step, { 'gradient norm': norm }, tape, this.parameters);
    const learningRate = this.#schedule.at(place);
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
  { optimizer, momentum, alpha, beta1, beta2, weightDecay }: OptimizationConfig,
): Optimizer {
  switch (optimizer) {
    case 'adam':
      return new Adam(parameters, { beta1, beta2, weightDecay });
    case 'adamw':
      return new AdamW(parameters, { beta1, beta2, weightDecay });
    case 'rmsprop':
      return new Rmsprop(parameters, { alpha, momentum, weightDecay });
    case 'sgd':
      return new Sgd(parameters, { momentum, weightDecay });
  }
}
