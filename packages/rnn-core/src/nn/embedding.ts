import { embedding } from '../ops/embedding.ts';
import type { Ids, Tensor } from '../tensor/tensor.ts';
import { normal } from './initializers.ts';
import { Module } from './module.ts';
import { type Initializer, Param } from './parameters.ts';
import { checkSizes } from './sizes.ts';

/** Of {@link Embedding}; names as in torch.nn.Embedding. */
export interface EmbeddingConfig {
  /** V, the number of ids. */
  readonly numEmbeddings: number;
  /** E, the length of each vector. */
  readonly embeddingDim: number;
  /** Default: standard normal, as torch.nn.Embedding. */
  readonly initializer?: Initializer;
  /** Whether a step updates only the rows that it looked up. Default: false. */
  readonly sparse?: boolean;
  /** Whether the vectors stay as they are, as in torch.nn.Embedding.from_pretrained. Default: false. */
  readonly freeze?: boolean;
}

/** A vector for each id. Source: torch.nn.Embedding. */
export class Embedding extends Module {
  readonly weight: Param; // [V, E]

  /** @throws ConfigError when a size is not a positive whole number */
  constructor({ numEmbeddings, embeddingDim, initializer = normal(1), sparse, freeze = false }: EmbeddingConfig) {
    super();
    checkSizes('Embedding', { numEmbeddings, embeddingDim });
    this.weight = new Param([numEmbeddings, embeddingDim], initializer, { sparse, requiresGrad: !freeze });
  }

  /**
   * @param ids [...], each in [0, V)
   * @returns [..., E]; gathered when first read, since a recurrent layer may multiply the table instead
   * @throws DataError when an id is out of range
   */
  forward(ids: Ids): Tensor {
    return embedding(this.weight, ids);
  }
}
