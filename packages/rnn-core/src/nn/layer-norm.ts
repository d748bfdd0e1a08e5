import { layerNorm } from '../ops/layer-norm.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { constant } from './initializers.ts';
import { Module } from './module.ts';
import type { Param } from './parameters.ts';

/** Layer normalisation over the last axis, ε = 1e-5. Source: torch.nn.LayerNorm. */
export class LayerNorm extends Module {
  readonly weight: Param; // [N]
  readonly bias: Param; //   [N]

  constructor(size: number) {
    super();
    this.weight = this.param('weight', [size], constant(1));
    this.bias = this.param('bias', [size], constant(0));
  }

  /** @param x [..., N] */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias);
  }
}
