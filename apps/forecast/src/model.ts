import {
  axes,
  type CellName,
  Conv1d,
  concat,
  constant,
  createRecurrent,
  dropout,
  Embedding,
  expand,
  type Ids,
  initializersOf,
  Linear,
  Module,
  normal,
  Param,
  permute,
  type Recurrent,
  type Rng,
  relu,
  type State,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import { type DistributionName, distributionOf } from './distribution.ts';
import { LEVELS } from './quantiles.ts';

/** The names of the heads; see {@link ForecastModelConfig.head}. */
export const HEADS = ['paths', 'direct'] as const;

/** What determines the names and shapes of the parameters; the content of `config.json`. */
export interface ForecastModelConfig {
  /** `paths` outputs a distribution of the next step, `direct` the quantiles of all steps of the horizon at once. */
  readonly head: (typeof HEADS)[number];
  /** Of the next step; with `paths`. */
  readonly distribution: DistributionName;
  readonly cell: CellName;
  /** F, the numbers of a step. */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** L */
  readonly numLayers: number;
  /** K, steps that a convolution in front of the recurrent layers reads; 0 without one. */
  readonly convKernel: number;
  /** Number of series; with more than one each has an embedding. */
  readonly numSeries: number;
  /** E */
  readonly embeddingSize: number;
  /** Steps of a forecast. */
  readonly horizon: number;
  /** Steps that are read before one. */
  readonly context: number;
}

/** The recurrent state, and with a convolution the inputs that it reaches back to. */
export interface ForecastState {
  readonly layers: State;
  readonly window?: Tensor | undefined; // [K-1, B, F+E]
}

/** What a model reads beside the inputs of the steps. */
export interface ForecastInput {
  readonly ids: Ids; // [B], which series
  readonly state?: ForecastState | undefined;
  /** The random stream of this step, for dropout; undefined at evaluation. */
  readonly rng?: Rng | undefined;
}

/**
 * A network over the inputs of each step, whose output is a distribution.
 *
 *     u[t] = [x[t], E[series]]     v = conv(u) or u     h = cell(v)     o[t] = W·[h[t], u[t]] + b
 *
 * With the head `paths` o[t] are the parameters of the value of step t, whose input x[t] ends with the value before it.
 * With `direct` the state after the context gives, for every step k of the horizon, c[k]; the quantiles of the step are
 * W·[relu(V·[c[k], u[k]]), u[k]] + b.
 *
 * Source: Salinas et al. 2020 (DeepAR); Wen et al. 2017 (MQ-RNN).
 */
export class ForecastModel extends Module {
  readonly config: ForecastModelConfig;
  readonly embedding: Embedding | undefined;
  readonly conv: Conv1d | undefined;
  readonly rnn: Recurrent;
  /** Of the head `direct`: from the state to a context for each step, and from there on. */
  readonly horizon: Linear | undefined;
  readonly hidden: Linear | undefined;
  readonly head: Linear;
  /** [1] by which the distance of every quantile from the median is multiplied: set at each validation, not trained. */
  readonly spread = new Param([1], constant(1), { requiresGrad: false });
  readonly #dropout: number;

  constructor(config: ForecastModelConfig, dropout = 0) {
    super();
    const { cell, inputSize, hiddenSize: H, numLayers, convKernel, numSeries, embeddingSize } = config;
    this.config = config;
    this.#dropout = dropout;
    const E = numSeries > 1 ? embeddingSize : 0;
    const F = inputSize + E;
    if (E > 0)
      this.embedding = new Embedding({ numEmbeddings: numSeries, embeddingDim: E, initializer: normal(0.1) });
    if (convKernel > 0) this.conv = new Conv1d({ inChannels: F, outChannels: H, kernelSize: convKernel });
    this.rnn = createRecurrent(cell, {
      inputSize: convKernel > 0 ? H : F,
      hiddenSize: H,
      numLayers,
      dropout,
      ...initializersOf(cell),
    });
    const isDirect = config.head === 'direct';
    if (isDirect) {
      this.horizon = new Linear({ inFeatures: H, outFeatures: config.horizon * CONTEXT });
      this.hidden = new Linear({ inFeatures: CONTEXT + F, outFeatures: H });
    }
    const outFeatures = isDirect ? LEVELS.length : distributionOf(config.distribution).outputs;
    this.head = new Linear({ inFeatures: H + F, outFeatures, initializer: constant(0) });
  }

  /** A state before the first step. */
  zeroState(B: number): ForecastState {
    const { convKernel, inputSize, embeddingSize } = this.config;
    const F = inputSize + (this.embedding ? embeddingSize : 0);
    const window = convKernel > 1 ? Tape.current.zeros([convKernel - 1, B, F]) : undefined;
    return { layers: this.rnn.zeroState(B), window };
  }

  /**
   * Of the head `paths`.
   *
   * @param x [T, B, F]
   * @returns outputs: [T, B, O] of the distribution of each step; state: after the last
   */
  forward(x: Tensor, input: ForecastInput): { outputs: Tensor; state: ForecastState } {
    const { u, y, state } = this.#encode(x, input);
    return { outputs: this.head.forward(concat([y, u], -1)), state };
  }

  /**
   * Of the head `direct`.
   *
   * @param x      [T, B, F] the steps of the context
   * @param future [h, B, F] those of the horizon
   * @returns [h, B, Q] quantiles over the scale
   */
  forwardDirect(x: Tensor, future: Tensor, input: ForecastInput): Tensor {
    const { T: h, B } = axes('ForecastModel.forwardDirect: future', future, 'T B F', { T: this.config.horizon });
    const { y } = this.#encode(x, input);
    const last = y.row((y.shape[0] as number) - 1);
    const contexts = (this.horizon as Linear).forward(last).reshape(B, h, CONTEXT);
    const u = this.#embedded(future, input.ids);
    const hidden = relu((this.hidden as Linear).forward(concat([permute(contexts, [1, 0, 2]), u], -1)));
    return this.head.forward(concat([dropout(hidden, this.#dropout, input.rng?.split('hidden')), u], -1));
  }

  #encode(x: Tensor, { ids, state, rng }: ForecastInput): { u: Tensor; y: Tensor; state: ForecastState } {
    const { T, B } = axes('ForecastModel.forward: x', x, 'T B F', { F: this.config.inputSize });
    const before = state ?? this.zeroState(B);
    const u = this.#embedded(x, ids);
    const { window } = before;
    const whole = window ? concat([window, u], 0) : u;
    const v = this.conv ? relu(this.conv.forward(whole)) : u;
    const out = this.rnn.forward(v, { state: before.layers, rng: rng?.split('rnn') });
    const y = dropout(out.y, this.#dropout, rng?.split('output'));
    const kept = window && whole.rows(T, T + (window.shape[0] as number));
    return { u, y, state: { layers: out.state, window: kept } };
  }

  /** The input and the embedding of the series beside it. */
  #embedded(x: Tensor, ids: Ids): Tensor {
    if (!this.embedding) return x;
    const [T, B] = x.shape as [number, number];
    const e = this.embedding.forward(ids);
    return concat([x, expand(e.reshape(1, B, e.size / B), [T, B, e.size / B])], -1);
  }
}

const CONTEXT = 16; // numbers of the context of a step
