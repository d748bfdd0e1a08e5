import { relu } from '../ops/elementwise.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link FeedForward}. */
export interface FeedForwardConfig {
  /** D, of input and output. */
  readonly size: number;
  /** F, the hidden units. */
  readonly hiddenSize: number;
}

/**
 * The position-wise feed-forward layer of a residual block: linear2(relu(linear1(x))).
 * Source: Vaswani et al. 2017, section 3.3; names as in torch.nn.TransformerEncoderLayer.
 */
export class FeedForward extends Module {
  readonly linear1: Linear; // [F, D]
  readonly linear2: Linear; // [D, F]

  /** @throws ConfigError when a size is not a positive whole number */
  constructor({ size, hiddenSize }: FeedForwardConfig) {
    super();
    checkSizes('FeedForward', { size, hiddenSize });
    this.linear1 = new Linear({ inFeatures: size, outFeatures: hiddenSize });
    this.linear2 = new Linear({ inFeatures: hiddenSize, outFeatures: size });
  }

  /**
   * @param x [..., D]
   * @returns [..., D]
   * @throws ShapeError when the last axis of x is not `size` long
   */
  forward(x: Tensor): Tensor {
    return this.linear2.forward(relu(this.linear1.forward(x)));
  }
}
