import {
  Conv1d,
  createRecurrent,
  createReferenceBackend,
  Embedding,
  type Ids,
  LayerNorm,
  Linear,
  Module,
  Parameters,
  Rng,
  Rnn,
  type Tensor,
} from '@unroll/rnn-core';

/** What golden/state-dict.py writes of each model; files are in base64. */
export interface Golden {
  readonly cell: 'rnn' | 'relu' | 'gru' | 'lstm';
  readonly bidirectional: boolean;
  readonly bias: boolean;
  readonly ids: readonly number[]; //     [T, B]
  readonly targets: readonly number[]; // [T, B]
  readonly file: string;
  readonly half?: { readonly F16: string; readonly BF16: string };
  readonly logits: readonly number[]; //  [T, B, V]
  readonly loss: number;
  readonly sgd: string;
  readonly adam: string;
}

// Sizes are those of golden/state-dict.py.
export const [T, B, V] = [5, 2, 7];
const [E, H] = [4, 3];

/** The model of golden/state-dict.py, under the same names. */
export class GoldenModel extends Module {
  readonly embedding = new Embedding({ numEmbeddings: V, embeddingDim: E });
  readonly conv;
  readonly norm = new LayerNorm({ normalizedShape: E });
  readonly encoder;
  readonly head;

  constructor({ cell, bidirectional, bias }: Pick<Golden, 'cell' | 'bidirectional' | 'bias'>) {
    super();
    const config = { inputSize: E, hiddenSize: H, numLayers: 2, bidirectional, bias };
    this.conv = new Conv1d({ inChannels: E, outChannels: E, kernelSize: 3, padding: 1, bias });
    this.encoder = cell === 'relu' ? new Rnn({ ...config, nonlinearity: 'relu' }) : createRecurrent(cell, config);
    this.head = new Linear({ inFeatures: H * (bidirectional ? 2 : 1), outFeatures: V, bias });
  }

  forward(ids: Ids): Tensor {
    const x = this.norm.forward(this.conv.forward(this.embedding.forward(ids)));
    return this.head.forward(this.encoder.forward(x).y);
  }
}

/** A model of a case, with random values. */
export function createGolden(golden: Pick<Golden, 'cell' | 'bidirectional' | 'bias'>, seed = 1) {
  const backend = createReferenceBackend({ precision: 'float32' });
  const model = new GoldenModel(golden);
  return { backend, model, parameters: Parameters.create(model, backend, Rng.seeded(seed)) };
}
