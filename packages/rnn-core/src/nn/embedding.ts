import { embedding } from '../ops/embedding.ts';
import type { Ids, Tensor } from '../tensor/tensor.ts';
import { normal } from './initializers.ts';
import { Module } from './module.ts';
import type { Initializer, Param, Update } from './parameters.ts';

export interface EmbeddingConfig {
  /** V, the number of ids. */
  readonly count: number;
  /** D, the numbers of each. */
  readonly size: number;
  /** Default: standard normal, as torch.nn.Embedding. */
  readonly initializer?: Initializer;
  /** `rows` updates only what a step looked up; `never` keeps given vectors as they are. */
  readonly update?: Update;
}

/** Token ids looked up in a table, and not yet gathered: a layer may multiply the table first where that is less work. */
export interface Lookup {
  readonly table: Tensor; // [V, D]
  readonly ids: Ids; //      [T, B]
}

/** The same with the product done beforehand, by {@link Recurrent.project}, for when nothing is learnt. */
export interface GateLookup {
  readonly gates: readonly Tensor[]; // [V, G·H] a direction
  readonly ids: Ids; //                 [T, B]
}

/** A row of numbers per id. Source: torch.nn.Embedding. */
export class Embedding extends Module {
  readonly weight: Param; // [V, D]

  constructor({ count, size, initializer = normal(1), update = 'whole' }: EmbeddingConfig) {
    super();
    this.weight = this.param('weight', [count, size], initializer, { update });
  }

  /**
   * @param ids [...]
   * @returns [..., D]
   */
  forward(ids: Ids): Tensor {
    return embedding(this.weight, ids);
  }

  /** The same for a recurrent layer to gather: see {@link Lookup}. */
  lookup(ids: Ids): Lookup {
    return { table: this.weight, ids };
  }
}
