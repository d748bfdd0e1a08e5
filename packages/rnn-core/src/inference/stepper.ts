import type { Backend } from '../backend/backend.ts';
import type { Real } from '../backend/heap.ts';
import type { WeightFormat } from './packed-matrix.ts';
import { StepBuilder, type StepVector } from './step-builder.ts';

/** A model that can run one token at a time. */
export interface SteppedModel {
  /**
   * Composes one time step from pieces, each made once:
   *
   *     stepped(build: StepBuilder) {
   *       const hidden = build.recurrentOfEmbedding(this.lstm, this.embedding.weight);
   *       const head = build.linear(this.head);
   *       return (id: number) => head(hidden(id));
   *     }
   *
   * @returns from a token's id to the logits after it, [O]
   */
  stepped(build: StepBuilder): (id: number) => StepVector;
}

/**
 * Runs a model one token at a time for inference, as in sampling. The logits are those of the modules but for the order of
 * sums. The weights are those of the moment it is made; its memory is given back at the end of `using`.
 */
export class Stepper implements Disposable {
  readonly #backend: Backend;
  readonly #builder: StepBuilder;
  readonly #step: (id: number) => StepVector;

  /** @param format of the weights; int8 is smaller and faster, float32 exact */
  constructor(backend: Backend, model: SteppedModel, format: WeightFormat = 'float32') {
    this.#backend = backend;
    this.#builder = new StepBuilder(backend, format);
    this.#step = model.stepped(this.#builder);
    this.reset();
  }

  /** Forgets all tokens so far. */
  reset(): void {
    this.#builder.reset();
  }

  /**
   * Feeds a token.
   *
   * @returns [O] the logits after it, valid until the next step and until the heap next grows
   */
  step(id: number): Real {
    const { ptr, size } = this.#step(id);
    return this.#backend.heap.real(ptr, size);
  }

  /** Frees the state, the buffers and the packed weights. */
  [Symbol.dispose](): void {
    this.#builder[Symbol.dispose]();
  }
}
