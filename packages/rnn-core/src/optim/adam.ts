import type { Ptr } from '../backend/backend.ts';
import { power } from '../math.ts';
import type { Parameters } from '../nn/parameters.ts';
import { Optimizer } from './optimizer.ts';

/** Of {@link Adam} and {@link AdamW}; torch's defaults. */
export interface AdamConfig {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  /** Adam: the L2 penalty's factor. AdamW: the fraction of each weight subtracted per step and unit of learning rate. */
  readonly weightDecay?: number;
}

/** Adaptive moments. Source: Kingma & Ba 2015; torch.optim.Adam. */
export class Adam extends Optimizer {
  readonly config: Required<AdamConfig>;
  /** The running mean of the gradients, laid out as the parameters. */
  protected readonly mean: Ptr;
  readonly #square: Ptr;

  /** @throws ConfigError when a number makes no sense */
  constructor(parameters: Parameters, { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 }: AdamConfig = {}) {
    const config = { beta1, beta2, eps, weightDecay };
    super(parameters, config);
    this.config = config;
    this.mean = this.moment('mean');
    this.#square = this.moment('square');
  }

  /** Whether the decay acts on the weights themselves, beside the gradient's step. */
  protected get decoupled(): 0 | 1 {
    return 0;
  }

  protected override update(at: number, size: number, learningRate: number, gradScale: number, steps: number): void {
    const { values, gradients, backend } = this.parameters;
    const { beta1, beta2, eps, weightDecay } = this.config;
    backend.kernels.adam(
      values + at,
      gradients + at,
      this.mean + at,
      this.#square + at,
      size,
      learningRate,
      beta1,
      beta2,
      eps,
      weightDecay,
      this.decoupled,
      1 - power(beta1, steps),
      1 - power(beta2, steps),
      gradScale,
    );
  }
}

/** Adam with the decay beside the gradient's step. Source: Loshchilov & Hutter 2019; torch.optim.AdamW. */
export class AdamW extends Adam {
  protected override get decoupled(): 0 | 1 {
    return 1;
  }
}
