import { ConfigError } from '../errors.ts';
import { conv1d } from '../ops/time.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import type { Param } from './parameters.ts';

export interface Conv1dConfig {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly kernelSize: number;
  readonly stride?: number;
  /** Zeros added on either side of time. */
  readonly padding?: number;
}

/** Convolution over time, time-major. Source: torch.nn.Conv1d, whose layout its parameters have. */
export class Conv1d extends Module {
  readonly weight: Param; // [O, C, K]
  readonly bias: Param; //   [O]
  readonly #options: { stride: number; padding: number };

  /** @throws ConfigError when a size is not a positive whole number */
  constructor({ inputSize: C, outputSize: O, kernelSize: K, stride = 1, padding = 0 }: Conv1dConfig) {
    super();
    for (const [name, value] of Object.entries({ inputSize: C, outputSize: O, kernelSize: K, stride }))
      if (!Number.isInteger(value) || value < 1)
        throw new ConfigError(`Conv1d: ${name} must be a positive whole number, got ${value}`);
    const initializer = uniform(1 / Math.sqrt(C * K));
    this.weight = this.param('weight', [O, C, K], initializer);
    this.bias = this.param('bias', [O], initializer);
    this.#options = { stride, padding };
  }

  /**
   * @param x [T, B, C]
   * @returns [(T + 2·padding - K) / stride + 1, B, O]
   */
  forward(x: Tensor, lengths?: Int32Array): Tensor {
    return conv1d(x, this.weight, this.bias, { ...this.#options, lengths });
  }
}
