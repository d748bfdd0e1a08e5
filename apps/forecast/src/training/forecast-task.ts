import {
  add,
  type Backend,
  Learner,
  type LearnerOptions,
  type Metrics,
  mul,
  neg,
  Parameters,
  Rng,
  relu,
  scale as scaled,
  sub,
  sum,
  Tape,
  type Tensor,
  type TrainingTask,
  type Validation,
} from '@unroll/rnn-core';
import type { SeriesSet } from '../data/time-series.ts';
import { distributionOf } from '../distribution.ts';
import { backtest, originsOf, scoreOf } from '../evaluation.ts';
import type { Inputs } from '../inputs.ts';
import { ForecastModel, type ForecastModelConfig } from '../model.ts';
import { forecastAt } from '../prediction/forecaster.ts';
import { LEVELS, spreadOut } from '../quantiles.ts';
import { bestSpread } from './spread.ts';
import { type Batch, batchOf, TrainingWindows } from './windows.ts';

/** How a network is trained. */
export interface ForecastTrainingOptions extends LearnerOptions {
  /** B, windows of a batch. */
  readonly batchSize: number;
  readonly dropout: number;
  readonly seed: number;
}

/**
 * The method: windows of a context and a horizon at random; the head `paths` learns the likelihood of every value given those
 * before it, `direct` the quantiles of the horizon.
 */
export class ForecastTask implements TrainingTask, Disposable {
  readonly model: ForecastModel;
  readonly learner: Learner;
  readonly inputs: Inputs;
  readonly #options: ForecastTrainingOptions;
  readonly #data: SeriesSet;
  readonly #backend: Backend;
  readonly #windows: TrainingWindows;
  readonly #windowRng: Rng;
  readonly #dropoutRng: Rng;

  constructor(
    options: ForecastTrainingOptions,
    config: ForecastModelConfig,
    { data, inputs }: { readonly data: SeriesSet; readonly inputs: Inputs },
    backend: Backend,
    steps: number,
  ) {
    this.#options = options;
    this.#data = data;
    this.inputs = inputs;
    this.#backend = backend;
    const rng = Rng.seeded(options.seed);
    this.#windowRng = rng.split('windows');
    this.#dropoutRng = rng.split('dropout');
    this.#windows = new TrainingWindows(data, config);
    this.model = new ForecastModel(config, options.dropout);
    this.learner = new Learner(Parameters.create(this.model, backend, rng.split('init')), options, steps);
  }

  step(step: number): Metrics {
    using tape = new Tape(this.#backend);
    const { config } = this.model;
    const B = this.#options.batchSize;
    const isDirect = config.head === 'direct';
    const batch = batchOf(this.#windows.draw(B, this.#windowRng.split(step)), this.inputs, config, isDirect);
    const losses = isDirect ? this.#quantileLosses(tape, batch, step) : this.#likelihoods(tape, batch, step);
    const steps = batch.value.length / B;
    const mask = tape.constant(batch.mask, [steps, B, 1]);
    const observed = batch.mask.reduce((a, b) => a + b, 0);
    const loss = scaled(sum(mul(losses, mask)), 1 / Math.max(1, observed));
    return { ...this.learner.update(tape, loss, step), windows: B };
  }

  /** Forecasts of the validation part, at every horizon of it or of many series at some; sets the spread of the quantiles. */
  async validate(): Promise<Validation> {
    const network = { model: this.model, inputs: this.inputs, backend: this.#backend };
    const origins = originsOf(this.#data, 'valid', this.model.config.horizon, { most: MAX_VALIDATED });
    const { config, spread } = this.model;
    spread.view().fill(1);
    const windows = await backtest(origins, config.horizon, ({ series, origin }) =>
      forecastAt(network, series, origin, VALIDATED_PATHS),
    );
    const factor = bestSpread(windows);
    spread.view().fill(factor);
    const calibrated = windows.map((window) => ({ ...window, forecast: spreadOut(window.forecast, factor) }));
    const { crps, weightedQuantileLoss: loss = crps, mase } = scoreOf(calibrated, this.#data);
    return { loss, metrics: { validLoss: loss, ...(mase !== undefined && { validMase: mase }) } };
  }

  /** Gives the memory of the learner back. */
  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  /** [T, B, 1] negative log-likelihoods in nats. */
  #likelihoods(tape: Tape, batch: Batch, step: number): Tensor {
    const { config } = this.model;
    const B = batch.ids.length;
    const T = config.context + config.horizon;
    const { outputs } = this.model.forward(tape.constant(batch.x, [T, B, config.inputSize]), {
      ids: tape.ids(batch.ids, [B]),
      rng: this.#dropoutRng.split(step),
    });
    const ones = (f: (value: number, b: number) => number) =>
      tape.constant(
        batch.value.map((value, k) => f(value, k % B)),
        [T, B, 1],
      );
    const scaleAt = (b: number): number => batch.scale[b] as number;
    return distributionOf(config.distribution).nll(outputs, {
      value: ones((value) => value),
      scaled: ones((value, b) => value / scaleAt(b)),
      scale: ones((_, b) => scaleAt(b)),
    });
  }

  /** [h, B, 1] the mean quantile loss of a value over its scale. */
  #quantileLosses(tape: Tape, batch: Batch, step: number): Tensor {
    const { context, horizon: h, inputSize: F } = this.model.config;
    const B = batch.ids.length;
    const quantiles = this.model.forwardDirect(
      tape.constant(batch.x, [context, B, F]),
      tape.constant(batch.future, [h, B, F]),
      { ids: tape.ids(batch.ids, [B]), rng: this.#dropoutRng.split(step) },
    );
    const value = batch.value.map((value, k) => value / (batch.scale[k % B] as number));
    const d = sub(tape.constant(value, [h, B, 1]), quantiles);
    const levels = tape.constant(LEVELS, [LEVELS.length]);
    const losses = add(mul(d, levels), relu(neg(d))); // τ·d where d is above 0, (τ-1)·d below
    return scaled(sum(losses, { dim: -1, keepdim: true }), 1 / LEVELS.length);
  }
}

const MAX_VALIDATED = 100; // origins
const VALIDATED_PATHS = { paths: 100, seed: 1 };
