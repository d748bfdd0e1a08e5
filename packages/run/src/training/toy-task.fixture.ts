import {
  createReferenceBackend,
  crossEntropy,
  type JsonObject,
  Learner,
  Linear,
  Parameters,
  Rng,
  Tape,
  type TrainingTask,
} from '@unroll/rnn-core';
import { z } from 'zod';
import { optimizationFlags } from '../flags/optimization-flags.ts';

const options = z.object(optimizationFlags).parse({ lr: 0.1 });

/** A linear classifier of random points; the point of a step follows from a position that must be saved. */
export class ToyTask implements TrainingTask, Disposable {
  readonly learner: Learner;
  readonly #backend = createReferenceBackend();
  readonly #model = new Linear({ inFeatures: 3, outFeatures: 2 });
  #position = 0;
  /** Called before each step. */
  before: (step: number) => void = () => {};

  constructor(steps: number) {
    this.learner = new Learner(Parameters.create(this.#model, this.#backend, Rng.seeded(1)), options, steps);
  }

  step(step: number) {
    this.before(step);
    const rng = Rng.seeded(7).split(this.#position++);
    using tape = new Tape(this.#backend);
    const x = tape.constant([rng.normal(), rng.normal(), rng.normal()], [1, 3]);
    const loss = crossEntropy(this.#model.forward(x), tape.ids(Int32Array.of(rng.integer(2)), [1]));
    return { ...this.learner.update(tape, loss, step), points: 1 };
  }

  /** From which step its validation loss is in the thousands. */
  divergesAt = Number.POSITIVE_INFINITY;

  /** Lowest at step 8. */
  validate() {
    const isSane = this.#position < this.divergesAt;
    const loss = isSane ? Math.min(Math.abs(this.#position - 8), 10) : 1e31;
    return { loss, metrics: { validLoss: loss } };
  }

  state(): JsonObject {
    return { position: this.#position };
  }

  restore(state: JsonObject): void {
    this.#position = z.int().parse(state['position']);
  }

  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }
}
