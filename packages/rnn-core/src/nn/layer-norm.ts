import { layerNorm } from '../ops/layer-norm.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { constant } from './initializers.ts';
import { Module } from './module.ts';
import { Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link LayerNorm}; names as in torch.nn.LayerNorm. */
export interface LayerNormConfig {
  /** N, the length of the last axis. */
  readonly normalizedShape: number;
  /** Added to the variance. Default: 1e-5, as torch. */
  readonly eps?: number;
}

/** Layer normalisation over the last axis. Equations: {@link layerNorm}. Source: torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly weight: Param; // [N]
  readonly bias: Param; //   [N]
  readonly eps: number;

  /** @throws ConfigError when a size is not a positive whole number */
  constructor({ normalizedShape: N, eps = 1e-5 }: LayerNormConfig) {
    super();
    checkSizes('LayerNorm', { normalizedShape: N });
    this.weight = new Param([N], constant(1));
    this.bias = new Param([N], constant(0));
    this.eps = eps;
  }

  /**
   * @param x [..., N]
   * @throws ShapeError when the last axis of x is not `normalizedShape` long
   */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, this.eps);
  }
}
