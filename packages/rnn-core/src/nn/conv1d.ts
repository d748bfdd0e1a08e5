import { conv1d } from '../ops/time.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import { Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link Conv1d}; names as in torch.nn.Conv1d. */
export interface Conv1dConfig {
  /** C */
  readonly inChannels: number;
  /** O */
  readonly outChannels: number;
  /** K, in time steps. */
  readonly kernelSize: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros added on either side of time. Default: 0. */
  readonly padding?: number;
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
}

/** Convolution over time, time-major. Equations: {@link conv1d}. Source: torch.nn.Conv1d, whose parameter layout it has. */
export class Conv1d extends Module {
  readonly weight: Param; //           [O, C, K]
  readonly bias: Param | undefined; // [O]
  readonly stride: number;
  readonly padding: number;

  /** @throws ConfigError when a size is not a positive whole number */
  constructor(config: Conv1dConfig) {
    super();
    const { inChannels, outChannels, kernelSize, stride = 1, padding = 0, bias = true } = config;
    checkSizes('Conv1d', { inChannels, outChannels, kernelSize, stride });
    const initializer = uniform(1 / Math.sqrt(inChannels * kernelSize));
    this.weight = new Param([outChannels, inChannels, kernelSize], initializer);
    this.bias = bias ? new Param([outChannels], initializer) : undefined;
    this.stride = stride;
    this.padding = padding;
  }

  /**
   * @param x       [T, B, C]
   * @param lengths [B], unpadded steps of each entry; what is beyond counts as zero
   * @returns [(T + 2·padding - K) / stride + 1, B, O]
   */
  forward(x: Tensor, lengths?: Int32Array): Tensor {
    return conv1d(x, this.weight, this.bias, { stride: this.stride, padding: this.padding, lengths });
  }
}
