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
    this.embedding = new Embedding({ numEmbeddings: V, embeddingDim: E });
    this.cells = new Lstm({ inputSize: E, hiddenSize: H, bidirectional: true });
    this.head = new Linear({ inFeatures: 2 * H, outFeatures: 2 });
  }

  forward(ids: Ids, lengths: Int32Array): Tensor {
    const { state } = this.cells.forward(this.embedding.forward(ids), { lengths });
    return this.head.forward(
      concat(
        state.map(({ h }) => h),
        -1,
      ),
    );
  }
}
