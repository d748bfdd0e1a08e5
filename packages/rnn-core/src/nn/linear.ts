import { linear } from '../ops/linear.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import type { Initializer, Param } from './parameters.ts';

export interface LinearConfig {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Default: both uniform in ±1/√I, as torch.nn.Linear. */
  readonly initializer?: Initializer;
}

/** y = x·Wᵀ + b. Source: torch.nn.Linear. */
export class Linear extends Module {
  readonly weight: Param; // [O, I]
  readonly bias: Param; //   [O]

  constructor({ inputSize: I, outputSize: O, initializer = uniform(1 / Math.sqrt(I)) }: LinearConfig) {
    super();
    this.weight = this.param('weight', [O, I], initializer);
    this.bias = this.param('bias', [O], initializer);
  }

  /**
   * @param x [..., I]
   * @returns [..., O]
   */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
