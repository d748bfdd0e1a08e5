import {
  createRecurrent,
  Embedding,
  type Ids,
  Linear,
  Module,
  type Recurrent,
  type StepBuilder,
  type StepVector,
  type Tensor,
} from '@unroll/rnn-core';
import { CHAR_MODELS, type CharWorkload } from './workloads.ts';

/** Embedding, recurrent layers, a linear layer: the character models W1 to W4. */
export class CharModel extends Module {
  readonly sizes: (typeof CHAR_MODELS)[CharWorkload];
  readonly embedding: Embedding;
  readonly cells: Recurrent;
  readonly head: Linear;

  constructor(workload: CharWorkload) {
    super();
    const { cell, V, E, H, L } = (this.sizes = CHAR_MODELS[workload]);
    this.embedding = new Embedding({ numEmbeddings: V, embeddingDim: E });
    this.cells = createRecurrent(cell, { inputSize: E, hiddenSize: H, numLayers: L });
    this.head = new Linear({ inFeatures: H, outFeatures: V });
  }

  /** @returns [T, B, V] */
  forward(ids: Ids): Tensor {
    return this.head.forward(this.cells.forward(this.embedding.forward(ids)).y);
  }

  stepped(build: StepBuilder): (id: number) => StepVector {
    const hidden = build.recurrentOfEmbedding(this.cells, this.embedding.weight);
    const head = build.linear(this.head);
    return (id) => head(hidden(id));
  }
}
