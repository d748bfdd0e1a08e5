import {
  additiveAttention,
  concat,
  constant,
  linear,
  Module,
  maxOverTime,
  meanOverTime,
  Param,
  Tape,
  type Tensor,
  uniform,
} from '@unroll/rnn-core';

export const POOLINGS = ['last', 'mean', 'max', 'max-mean', 'attention'] as const;
export type PoolingName = (typeof POOLINGS)[number];

/** The output of a recurrent layer. */
export interface PoolInput {
  readonly y: Tensor; //    [T, B, D]
  readonly last: Tensor; // [B, D] each direction's output after its last unpadded token
  readonly lengths: Int32Array;
}

/** Pools a sequence into one vector. */
export class Pooling extends Module {
  readonly name: PoolingName;
  readonly outputSize: number;
  readonly attention: AttentionPooling | undefined;

  /** @param inputSize D */
  constructor(name: PoolingName, inputSize: number) {
    super();
    this.name = name;
    this.outputSize = name === 'max-mean' ? 2 * inputSize : inputSize;
    if (name === 'attention') this.attention = new AttentionPooling(inputSize);
  }

  /** @returns [B, D], or with max-mean [B, 2D] */
  forward({ y, last, lengths }: PoolInput): Tensor {
    switch (this.name) {
      case 'last':
        return last;
      case 'mean':
        return meanOverTime(y, lengths);
      case 'max':
        return maxOverTime(y, lengths);
      case 'max-mean':
        return concat([maxOverTime(y, lengths), meanOverTime(y, lengths)], -1);
      case 'attention':
        return (this.attention as AttentionPooling).forward(y, lengths);
    }
  }
}

/**
 * Attention pooling: the mean of y weighted by softmax over time of vᵀ·tanh(W·y[t] + b).
 * Source: Yang et al. 2016, “Hierarchical attention networks”.
 */
class AttentionPooling extends Module {
  readonly weight: Param; // [D, D]
  readonly bias: Param; //   [D]
  readonly v: Param; //      [D]

  constructor(D: number) {
    super();
    this.weight = new Param([D, D], uniform(1 / Math.sqrt(D)));
    this.bias = new Param([D], constant(0));
    this.v = new Param([D], uniform(1 / Math.sqrt(D)));
  }

  forward(y: Tensor, lengths: Int32Array): Tensor {
    const [, B = 0, D = 0] = y.shape;
    const query = Tape.current.constant(new Float32Array(B * D), [1, B, D]);
    return additiveAttention(query, linear(y, this.weight, this.bias), y, this.v, lengths).context.reshape(B, D);
  }
}
