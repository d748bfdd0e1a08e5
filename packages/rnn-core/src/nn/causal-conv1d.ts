import { concat } from '../ops/concat.ts';
import { transpose } from '../ops/permute.ts';
import { depthwiseConv1d } from '../ops/time.ts';
import { Tape } from '../tensor/tape.ts';
import { axes, type Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import { Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link CausalConv1d}. */
export interface CausalConv1dConfig {
  /** C */
  readonly channels: number;
  /** K, in time steps. */
  readonly kernelSize: number;
}

/**
 * What a channel was in the last K steps, weighted: the convolution before the cell of a recurrent block, so that gates which do
 * not see the state see a little of the past. Its state is the K-1 inputs before the first.
 *
 *     y[t, b, c] = bias[c] + Σ_k weight[c, 0, k]·x[t - K + 1 + k, b, c]
 *
 * Source: De et al. 2024, “Griffin”; Gu & Dao 2023, “Mamba”. Parameters as of torch.nn.Conv1d with `groups` C.
 */
export class CausalConv1d extends Module {
  readonly weight: Param; // [C, 1, K]
  readonly bias: Param; //   [C]

  /** @throws ConfigError when a size is not a positive whole number */
  constructor({ channels, kernelSize }: CausalConv1dConfig) {
    super();
    checkSizes('CausalConv1d', { channels, kernelSize });
    const initializer = uniform(1 / Math.sqrt(kernelSize));
    this.weight = new Param([channels, 1, kernelSize], initializer);
    this.bias = new Param([channels], initializer);
  }

  /** The inputs before a sequence begins, zeros: [B, K-1, C]. As long-lived as the open tape. */
  zeroState(B: number): Tensor {
    const [C = 0, , K = 0] = this.weight.shape;
    return Tape.current.zeros([B, K - 1, C]);
  }

  /**
   * @param x     [T, B, C]
   * @param state [B, K-1, C], the inputs before the first; zeros by default
   * @returns y: [T, B, C]; state: [B, K-1, C], the last inputs
   * @throws ShapeError when x or the state does not fit
   */
  forward(x: Tensor, state?: Tensor): { y: Tensor; state: Tensor } {
    const [C = 0, , K = 0] = this.weight.shape;
    const { T, B } = axes('CausalConv1d.forward: x', x, 'T B C', { C });
    const before = state ?? this.zeroState(B);
    axes('CausalConv1d.forward: state', before, 'B P C', { B, P: K - 1, C });
    const padded = concat([transpose(before, 0, 1), x], 0);
    const last = padded.rows(T, T + K - 1);
    return { y: depthwiseConv1d(padded, this.weight, this.bias), state: transpose(last, 0, 1) };
  }
}
