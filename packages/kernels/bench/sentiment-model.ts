import { concat, Embedding, type Ids, Linear, Lstm, Module, type Tensor } from '@unroll/rnn-core';
import { SENTIMENT } from './workloads.ts';

/** W5: the last states of both directions, two classes. */
export class SentimentModel extends Module {
  readonly embedding: Embedding;
  readonly cells: Lstm;
  readonly head: Linear;

  constructor() {
    super();
    const { V, E, H } = SENTIMENT;
    this.embedding = this.module('embedding', new Embedding({ count: V, size: E }));
    this.cells = this.module('cells', new Lstm({ inputSize: E, hiddenSize: H, bidirectional: true }));
    this.head = this.module('head', new Linear({ inputSize: 2 * H, outputSize: 2 }));
  }

  forward(ids: Ids, lengths: Int32Array): Tensor {
    const { state } = this.cells.forward(this.embedding.lookup(ids), { lengths });
    return this.head.forward(concat(state.map(({ h }) => h)));
  }
}
