import { linear } from '../ops/linear.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import { type Initializer, Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link Linear}; names as in torch.nn.Linear. */
export interface LinearConfig {
  /** I */
  readonly inFeatures: number;
  /** O */
  readonly outFeatures: number;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
  /** Of weight and bias. Default: uniform in ±1/√I, as torch.nn.Linear. */
  readonly initializer?: Initializer;
  /** Whether it leads from hidden units to hidden units, so that `Muon` orthogonalises the steps of its weight. Default: false. */
  readonly hidden?: boolean;
}

/** y = x·Wᵀ + b. Source: torch.nn.Linear. */
export class Linear extends Module {
  readonly weight: Param; //           [O, I]
  readonly bias: Param | undefined; // [O]

  /** @throws ConfigError when a size is not a positive whole number */
  constructor(config: LinearConfig) {
    super();
    const { inFeatures: I, outFeatures: O, bias = true, initializer = uniform(1 / Math.sqrt(I)), hidden } = config;
    checkSizes('Linear', { inFeatures: I, outFeatures: O });
    this.weight = new Param([O, I], initializer, { matrices: hidden ? 1 : 0 });
    this.bias = bias ? new Param([O], initializer) : undefined;
  }

  /**
   * @param x [..., I]
   * @returns [..., O]
   * @throws ShapeError when the last axis of x is not `inFeatures` long
   */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
