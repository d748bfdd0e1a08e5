import { Embedding, Gru, type Ids, Linear, Lstm, Module, Rnn, type Tensor } from '@unroll/rnn-core';
import { CHAR_MODELS, type CharWorkload } from './workloads.ts';

const CELLS = { rnn: Rnn, gru: Gru, lstm: Lstm };

/** Embedding, recurrent layers, a linear layer: the character models W1 to W4. */
export class CharModel extends Module {
  readonly sizes: (typeof CHAR_MODELS)[CharWorkload];
  readonly embedding: Embedding;
  readonly cells: Rnn | Gru | Lstm;
  readonly head: Linear;

  constructor(workload: CharWorkload) {
    super();
    const { cell, V, E, H, L } = (this.sizes = CHAR_MODELS[workload]);
    this.embedding = this.module('embedding', new Embedding({ count: V, size: E }));
    this.cells = this.module('cells', new CELLS[cell]({ inputSize: E, hiddenSize: H, layers: L }));
    this.head = this.module('head', new Linear({ inputSize: H, outputSize: V }));
  }

  /** @returns [T, B, V] */
  forward(ids: Ids): Tensor {
    return this.head.forward(this.cells.forward(this.embedding.lookup(ids)).y);
  }
}
