import { add, type CellName, concat, Module, type Recurrent, type Tensor } from '@unroll/rnn-core';
import type { Dropout } from './dropout.ts';
import { createLayer } from './recurrent-layer.ts';

export interface EncoderConfig {
  readonly cell: CellName;
  /** E */
  readonly embeddingSize: number;
  /** H, of each direction. */
  readonly hiddenSize: number;
  readonly numLayers: number;
}

export interface EncoderOutput {
  /** [S, B, 2H], the hidden states of both directions of the top layer */
  readonly memory: Tensor;
  /** [B, 2H], the final hidden state of each direction of the top layer */
  readonly last: Tensor;
}

/** Bidirectional recurrent layers over the source, with residual connections from the second on. */
export class Encoder extends Module {
  readonly layers: readonly Recurrent[];

  constructor({ cell, embeddingSize, hiddenSize, numLayers }: EncoderConfig) {
    super();
    this.layers = Array.from({ length: numLayers }, (_, k) =>
      createLayer(cell, { inputSize: k === 0 ? embeddingSize : 2 * hiddenSize, hiddenSize, bidirectional: true }),
    );
  }

  /** Their names in a file have no dot: `layer0.weight_ih_l0`. */
  protected override namedFields(): Iterable<readonly [string, unknown]> {
    return this.layers.map((layer, k) => [`layer${k}`, layer] as const);
  }

  /**
   * @param x       [S, B, E]
   * @param lengths unpadded length of each sentence, [B]
   */
  forward(x: Tensor, lengths: Int32Array, dropout: Dropout): EncoderOutput {
    let memory = x;
    let last: Tensor | undefined;
    for (const [k, layer] of this.layers.entries()) {
      const { y, state } = layer.forward(memory, { lengths });
      memory = dropout(k === 0 ? y : add(y, memory), `encoder ${k}`);
      last = concat(
        state.map(({ h }) => h),
        -1,
      );
    }
    return { memory, last: last as Tensor };
  }
}
