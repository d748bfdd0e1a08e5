import { add, concat, Module, type Recurrent, type Tensor } from '@unroll/rnn-core';
import { type Cell, createLayer } from './cell.ts';
import type { Dropping } from './dropping.ts';

export interface EncoderConfig {
  readonly cell: Cell;
  /** E, the width of an embedding. */
  readonly embedding: number;
  /** H, of each direction. */
  readonly hidden: number;
  readonly encoderLayers: number;
}

export interface Encoded {
  /** [S, B, 2H], every place in the light of the whole sentence */
  readonly memory: Tensor;
  /** [B, 2H], where each direction of the top layer ended */
  readonly last: Tensor;
}

/** Recurrent layers in both directions over the source; from the second on each adds to what it was given. */
export class Encoder extends Module {
  readonly #layers: readonly Recurrent[];

  constructor({ cell, embedding, hidden, encoderLayers }: EncoderConfig) {
    super();
    this.#layers = Array.from({ length: encoderLayers }, (_, k) =>
      this.module(
        `layer${k}`,
        createLayer(cell, { inputSize: k === 0 ? embedding : 2 * hidden, hiddenSize: hidden, bidirectional: true }),
      ),
    );
  }

  /**
   * @param x       [S, B, E]
   * @param lengths real places of each sentence, [B]
   */
  forward(x: Tensor, lengths: Int32Array, drop: Dropping): Encoded {
    let memory = x;
    let last: Tensor | undefined;
    for (const [k, layer] of this.#layers.entries()) {
      const { y, state } = layer.forward(memory, { lengths });
      memory = drop(k === 0 ? y : add(y, memory), `encoder ${k}`);
      last = concat(state.map(({ h }) => h));
    }
    return { memory, last: last as Tensor };
  }
}
