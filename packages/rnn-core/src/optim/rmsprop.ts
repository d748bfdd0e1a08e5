import type { Ptr } from '../backend/backend.ts';
import type { Parameters } from '../nn/parameters.ts';
import { Optimizer } from './optimizer.ts';

/** Of {@link Rmsprop}; torch's defaults. */
export interface RmspropConfig {
  /** How much of the running mean of squares stays each step. */
  readonly alpha?: number;
  readonly eps?: number;
  readonly momentum?: number;
  /** The L2 penalty's factor. */
  readonly weightDecay?: number;
}

/** Steps divided by the running root mean square of the gradient. Source: Hinton 2012; torch.optim.RMSprop. */
export class Rmsprop extends Optimizer {
  readonly config: Required<RmspropConfig>;
  readonly #square: Ptr;
  readonly #momentum: Ptr;

  /** @throws ConfigError when a number makes no sense */
  constructor(
    parameters: Parameters,
    { alpha = 0.99, eps = 1e-8, momentum = 0, weightDecay = 0 }: RmspropConfig = {},
  ) {
    const config = { alpha, eps, momentum, weightDecay };
    super(parameters, config);
    this.config = config;
    this.#square = this.moment('square');
    this.#momentum = momentum > 0 ? this.moment('momentum') : 0;
  }

  protected override update(at: number, size: number, learningRate: number, gradScale: number): void {
    const { values, gradients, backend } = this.parameters;
    const { alpha, eps, momentum, weightDecay } = this.config;
    const m = this.#momentum && this.#momentum + at;
    backend.kernels.rmsprop(
      values + at,
      gradients + at,
      this.#square + at,
      m,
      size,
      learningRate,
      alpha,
      eps,
      momentum,
      weightDecay,
      gradScale,
    );
  }
}
