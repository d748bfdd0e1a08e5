import { type GradientSnapshot, Microscope } from '../microscope/microscope.ts';
import type { Parameters } from '../nn/parameters.ts';
import { Adam, AdamW } from '../optim/adam.ts';
import { GradientClip } from '../optim/gradient-clip.ts';
import { MovingAverage } from '../optim/moving-average.ts';
import { Muon } from '../optim/muon.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { Rmsprop } from '../optim/rmsprop.ts';
import { createSchedule, type Schedule } from '../optim/schedule.ts';
import { Sgd } from '../optim/sgd.ts';
import type { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkFinite } from './check-finite.ts';
import { Freezing } from './freezing.ts';
import type { JsonObject } from './json.ts';
import { savedCounts, savedNumbers } from './saved-state.ts';
import { StepPlan } from './step-plan.ts';

/** How gradients change the weights. What is left out is off, or torch's default. */
export interface LearnerOptions {
  /** `adam` by default. */
  readonly optimizer?: 'adam' | 'adamw' | 'muon' | 'rmsprop' | 'sgd' | undefined;
  /** The peak learning rate. */
  readonly lr: number;
  /**
   * muon: the peak learning rate of hidden weights; by default 8 divided by the number of steps, as planned at each of them, with
   * weight decay 16.
   */
  readonly muonLr?: number | undefined;
  /** How the learning rate moves after the warmup; `constant` by default. */
  readonly lrSchedule?: 'constant' | 'step' | 'linear' | 'cosine' | 'plateau' | undefined;
  /** Fraction of the steps over which the learning rate rises linearly from 0. */
  readonly warmupRatio?: number | undefined;
  /** linear, cosine: the last learning rate, as a fraction of `lr`. */
  readonly minLrRatio?: number | undefined;
  /** step, plateau: what the learning rate is multiplied by each time. */
  readonly lrFactor?: number | undefined;
  /** step: steps between multiplications. */
  readonly lrStepSize?: number | undefined;
  /** plateau: validations without improvement before a multiplication. */
  readonly lrPatience?: number | undefined;
  /** sgd, rmsprop. */
  readonly momentum?: number | undefined;
  /** rmsprop: decay of the running mean of squared gradients. */
  readonly alpha?: number | undefined;
  /** adam, adamw: decay of the running mean of gradients. */
  readonly beta1?: number | undefined;
  /** adam, adamw: decay of the running mean of squared gradients. */
  readonly beta2?: number | undefined;
  readonly weightDecay?: number | undefined;
  /** Maximum norm of the gradient of all parameters; 0 for no clipping. */
  readonly gradClip?: number | undefined;
  /** Maximum absolute value of each element of the gradient; 0 for no clipping. */
  readonly gradClipValue?: number | undefined;
  /** Decay of the exponential moving average of the weights, see {@link Learner.averaged}; 0 for none. */
  readonly ema?: number | undefined;
  /** Patterns of parameters that are not trained, see `freeze`; a parameter belongs to the first that matches it. */
  readonly freeze?: readonly string[] | undefined;
  /** Fraction of the steps after which each pattern of `freeze` is trained, or one for all; by default never. */
  readonly unfreezeAfter?: readonly number[] | undefined;
  /** Steps between snapshots of gradients through time, see `Microscope`; 0 for none. */
  readonly probeGradients?: number | undefined;
}

/** What one update did. A type, so that it can be logged as it is. */
export type UpdateResult = {
  /** The loss before it. */
  readonly loss: number;
  /** The norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
};

/**
 * What changes a model: its parameters, an optimiser, a learning-rate schedule and gradient clipping, with everything they
 * must remember to resume exactly where they were.
 *
 *     const learner = new Learner(parameters, { lr: 0.002, lrSchedule: 'cosine', gradClip: 1 }, steps);
 *     …
 *     using tape = new Tape(backend);
 *     learner.update(tape, crossEntropy(model.forward(x), y), step);
 */
export class Learner implements Disposable {
  readonly parameters: Parameters;
  /** The number of steps, which may be revised on the way: schedules follow it. */
  readonly plan: StepPlan;
  readonly #optimizer: Optimizer;
  readonly #options: LearnerOptions;
  readonly #schedule: Schedule;
  readonly #clip: GradientClip;
  readonly #microscope: Microscope | undefined;
  readonly #average: MovingAverage | undefined;
  readonly #freezing: Freezing | undefined;
  #isAccumulating = false;

  /**
   * @param steps of the whole training, for the schedule
   * @throws ConfigError when an option is out of range
   */
  constructor(parameters: Parameters, options: LearnerOptions, steps: number) {
    const { lrSchedule = 'constant', gradClip, gradClipValue, probeGradients = 0, ema, freeze } = options;
    this.parameters = parameters;
    this.#options = options;
    this.plan = new StepPlan(steps);
    if (freeze) this.#freezing = new Freezing(parameters, { ...options, freeze }, steps);
    this.#optimizer = createOptimizer(parameters, options);
    this.#schedule = createSchedule(
      given({
        kind: lrSchedule,
        peak: options.lr,
        steps,
        warmup: Math.round((options.warmupRatio ?? 0) * steps),
        floor: options.minLrRatio,
        factor: options.lrFactor,
        every: lrSchedule === 'plateau' ? options.lrPatience : options.lrStepSize,
      }),
    );
    this.#clip = new GradientClip({ norm: unlessZero(gradClip), value: unlessZero(gradClipValue) });
    if (probeGradients > 0)
      this.#microscope = new Microscope({ parameters, every: probeGradients, clip: this.#clip });
    if (ema) this.#average = new MovingAverage(parameters, ema);
  }

  /** The fraction of updates so far whose gradient was clipped by its norm. */
  get clippedFraction(): number {
    return this.#clip.clippedFraction;
  }

  /** The snapshot of gradients through time that the last update took, if it was due. */
  get gradientSnapshot(): GradientSnapshot | undefined {
    return this.#microscope?.snapshot();
  }

  /**
   * Back-propagates the loss of one batch of several. The gradients add up, and {@link update} takes the last batch;
   * scale each loss by its fraction of the whole.
   *
   * @throws NonFiniteError when the loss is not finite
   */
  accumulate(tape: Tape, loss: Tensor, step: number): void {
    this.#backPropagate(tape, loss, step);
    this.#isAccumulating = true;
  }

  /** Adds a loss's gradient to those that are accumulated. @returns the loss */
  #backPropagate(tape: Tape, loss: Tensor, step: number): number {
    const value = loss.item();
    checkFinite(step, { loss: value }, tape, this.parameters);
    tape.grad(loss, this.parameters, { accumulate: this.#isAccumulating, observer: this.#microscope?.at(step) });
    return value;
  }

  /**
   * Back-propagates a loss, clips the gradient and takes one step of the optimiser.
   *
   * @param step the first being 1
   * @param scheduleStep where the schedule is, for steps that are not all of one size; by default where the plan is
   * @throws NonFiniteError when the loss or a gradient is not finite; the weights are then unchanged
   */
  update(tape: Tape, loss: Tensor, step: number, scheduleStep = this.plan.positionAt(step)): UpdateResult {
    const value = this.#backPropagate(tape, loss, step);
    this.#isAccumulating = false;
    const { norm, scale } = this.#clip.apply(this.parameters);
    checkFinite(step, { 'gradient norm': norm }, tape, this.parameters);
    const learningRate = this.#schedule.at(scheduleStep);
    if (this.#optimizer instanceof Muon) this.#optimizer.matrixLrRatio = this.#muonLrAt(step) / this.#options.lr;
    const update = () => this.#optimizer.step(learningRate, scale);
    if (this.#microscope) this.#microscope.update(update);
    else update();
    this.#average?.update(this.#optimizer.steps - 1);
    this.#freezing?.afterStep(this.plan.positionAt(this.#optimizer.steps));
    return { loss: value, gradientNorm: norm, learningRate };
  }

  /** Over a training without warmup at a constant rate it adds up to the path, however often the plan is revised. */
  #muonLrAt(step: number): number {
    const { plan } = this;
    const passed = (plan.positionAt(step) - plan.positionAt(step - 1)) / plan.initial;
    const { muonLr, weightDecay = 0 } = this.#options;
    return muonLr ?? (weightDecay > 0 ? MUON_PATH.decaying : MUON_PATH.growing) * passed;
  }

  /** Tells the schedule a validation loss; only `plateau` uses it. */
  observe(loss: number): void {
    this.#schedule.observe(loss);
  }

  /**
   * Puts the moving average of the weights in the place of the trained weights until it is disposed: for validation, and
   * for saving. Without `ema` nothing changes.
   *
   *     using _ = learner.averaged();
   */
  averaged(): Disposable {
    this.#average?.swap();
    return { [Symbol.dispose]: () => this.#average?.swap() };
  }

  /** The optimiser's moments by name; with `ema`, the average too, or while {@link averaged} is in force what it replaces. */
  *moments(): Generator<[string, Tensor]> {
    for (const [name, tensor] of this.#optimizer.moments()) yield [`optimizer.${name}`, tensor];
    if (this.#average) yield ['unaveraged', this.#average.tensor];
  }

  /** Every counter: with the weights and the moments, all that it remembers. */
  state(): JsonObject {
    const { steps, clippedSteps } = this.#clip;
    return {
      optimizerSteps: this.#optimizer.steps,
      clip: { steps, clippedSteps },
      schedule: this.#schedule.state(),
      ...(this.#freezing && { frozenSteps: this.#freezing.state() }),
    };
  }

  /**
   * @param state what `state` returned
   * @throws CheckpointError when it is something else
   */
  restore(state: JsonObject): void {
    const { steps, clippedSteps } = this.#clip;
    const { optimizerSteps } = savedCounts(state, { optimizerSteps: 0 }, 'learner');
    const clip = savedCounts(state['clip'], { steps, clippedSteps }, 'learner.clip');
    const schedule = savedNumbers(state['schedule'], this.#schedule.state(), 'learner.schedule');
    this.#optimizer.steps = optimizerSteps;
    Object.assign(this.#clip, clip);
    this.#schedule.restore(schedule);
    if (this.#freezing) {
      const frozenSteps = savedCounts(state['frozenSteps'], this.#freezing.state(), 'learner.frozenSteps');
      this.#freezing.restore(frozenSteps, this.plan.positionAt(optimizerSteps));
    }
  }

  /** Gives the memory of weights and moments back. */
  [Symbol.dispose](): void {
    this.#optimizer.free();
    this.#average?.free();
    this.parameters.free();
  }
}

const MUON_PATH = { growing: 8, decaying: 16 }; // of weights without decay and with it, see Muon

const unlessZero = (limit: number | undefined): number | undefined => (limit === 0 ? undefined : limit);

function createOptimizer(parameters: Parameters, options: LearnerOptions): Optimizer {
  const { optimizer = 'adam', momentum, alpha, beta1, beta2, weightDecay } = options;
  switch (optimizer) {
    case 'adam':
      return new Adam(parameters, given({ beta1, beta2, weightDecay }));
    case 'adamw':
      return new AdamW(parameters, given({ beta1, beta2, weightDecay }));
    case 'muon':
      return new Muon(parameters, given({ beta1, beta2, weightDecay }));
    case 'rmsprop':
      return new Rmsprop(parameters, given({ alpha, momentum, weightDecay }));
    case 'sgd':
      return new Sgd(parameters, given({ momentum, weightDecay }));
  }
}

type Given<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Without the options that are undefined, for which the defaults stand. */
const given = <T extends object>(options: T): Given<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
