import { conv2d } from '../ops/conv2d.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import { Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link Conv2d}; names as in torch.nn.Conv2d. */
export interface Conv2dConfig {
  /** C */
  readonly inChannels: number;
  /** O */
  readonly outChannels: number;
  /** K, in pixels; the kernel is a square. */
  readonly kernelSize: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros added on each of the four sides. Default: 0. */
  readonly padding?: number;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
}

/** Convolution over images, height and width first. Equations: {@link conv2d}. Source: torch.nn.Conv2d, whose parameter layout it has. */
export class Conv2d extends Module {
  readonly weight: Param; //           [O, C, K, K]
  readonly bias: Param | undefined; // [O]
  readonly stride: number;
  readonly padding: number;

  /** @throws ConfigError when a size is not a positive whole number */
  constructor(config: Conv2dConfig) {
    super();
    const { inChannels, outChannels, kernelSize, stride = 1, padding = 0, bias = true } = config;
    checkSizes('Conv2d', { inChannels, outChannels, kernelSize, stride });
    const initializer = uniform(1 / Math.sqrt(inChannels * kernelSize * kernelSize));
    this.weight = new Param([outChannels, inChannels, kernelSize, kernelSize], initializer);
    this.bias = bias ? new Param([outChannels], initializer) : undefined;
    this.stride = stride;
    this.padding = padding;
  }

  /**
   * @param x [H, W, B, C]
   * @returns [(H + 2·padding - K) / stride + 1, (W + 2·padding - K) / stride + 1, B, O]
   */
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, { stride: this.stride, padding: this.padding });
  }
}
