import { type Attended, additiveAttention, dotAttention } from '../ops/attention.ts';
import { linear } from '../ops/linear.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './initializers.ts';
import { Module } from './module.ts';
import { Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link Attention}. */
export interface AttentionConfig {
  /** D, the length of a query. */
  readonly querySize: number;
  /** M, the length of each vector of the memory. */
  readonly memorySize: number;
  /**
   * How a query and a position of the memory are compared: `dot` q·m, `general` (W·q)·m, both over √M;
   * `additive` vᵀ·tanh(W·q + U·m).
   */
  readonly score: 'dot' | 'general' | 'additive';
  /** A, the hidden size of `additive`. Default: M. */
  readonly hiddenSize?: number;
}

/** An encoded source as attention reads it: projected once, queried many times. */
export interface AttentionMemory {
  readonly keys: Tensor; //   [S, B, A or M]
  readonly values: Tensor; // [S, B, M]
  /** Valid positions of each entry, [B]. */
  readonly lengths?: Int32Array | undefined;
}

/**
 * Attention of a decoder over the states of an encoder. `dot` needs D = M.
 * Source: Bahdanau, Cho, Bengio 2015 (additive); Luong, Pham, Manning 2015 (dot, general).
 */
export class Attention extends Module {
  readonly config: Required<AttentionConfig>;
  readonly weightQuery: Param | undefined; //  [A or M, D]
  readonly weightMemory: Param | undefined; // [A, M]
  readonly v: Param | undefined; //            [A]

  /** @throws ConfigError when a size is not a positive whole number */
  constructor(config: AttentionConfig) {
    super();
    const { querySize: D, memorySize: M, score, hiddenSize: A = M } = config;
    checkSizes('Attention', { querySize: D, memorySize: M, hiddenSize: A });
    this.config = { ...config, hiddenSize: A };
    if (score !== 'dot') this.weightQuery = new Param([score === 'additive' ? A : M, D], uniform(1 / Math.sqrt(D)));
    if (score === 'additive') {
      this.weightMemory = new Param([A, M], uniform(1 / Math.sqrt(M)));
      this.v = new Param([A], uniform(1 / Math.sqrt(A)));
    }
  }

  /**
   * Projects the memory to keys, once per source.
   *
   * @param memory  [S, B, M]
   * @param lengths [B], valid positions of each entry
   */
  projectMemory(memory: Tensor, lengths?: Int32Array): AttentionMemory {
    return { keys: this.weightMemory ? linear(memory, this.weightMemory) : memory, values: memory, lengths };
  }

  /**
   * @param query [Q, B, D]
   * @throws ShapeError when it does not fit the memory
   */
  forward(query: Tensor, { keys, values, lengths }: AttentionMemory): Attended {
    const q = this.weightQuery ? linear(query, this.weightQuery) : query;
    if (this.v) return additiveAttention(q, keys, values, this.v, lengths);
    return dotAttention(q, keys, values, 1 / Math.sqrt(this.config.memorySize), lengths);
  }
}
