import type { Ptr } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import { Optimizer } from './optimizer.ts';

/** Of {@link Sgd}; torch's defaults. */
export interface SgdConfig {
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** The L2 penalty's factor. */
  readonly weightDecay?: number;
}

/** Gradient descent, with momentum or Nesterov's. Source: torch.optim.SGD. */
export class Sgd extends Optimizer {
  readonly config: Required<SgdConfig>;
  readonly #momentum: Ptr;

  /** @throws ConfigError when a number makes no sense, or Nesterov's form is asked for without momentum */
  constructor(parameters: Parameters, { momentum = 0, nesterov = false, weightDecay = 0 }: SgdConfig = {}) {
    const config = { momentum, nesterov, weightDecay };
    super(parameters, config);
    if (nesterov && momentum === 0) throw new ConfigError('Sgd: momentum must be above 0 with nesterov, got 0');
    this.config = config;
    this.#momentum = momentum > 0 ? this.moment('momentum') : 0;
  }

  protected override update(at: number, size: number, learningRate: number, gradScale: number): void {
    const { values, gradients, backend } = this.parameters;
    const { momentum, nesterov, weightDecay } = this.config;
    const m = this.#momentum && this.#momentum + at;
    backend.kernels.sgd(
      values + at,
      gradients + at,
      m,
      size,
      learningRate,
      momentum,
      nesterov ? 1 : 0,
      weightDecay,
      gradScale,
    );
  }
}
