import { UnrollError } from '../errors.ts';

/** The loss is far above the one that training began with. */
export class DivergenceError extends UnrollError {
  override name = 'DivergenceError';
}

const FACTOR = 20; // a classifier of two classes that overfits may reach 5 to 8
const LEAST_LOSS = 1; // nats, for a model that is good from the start: what it learns next may be harder

/**
 * Notices a training that has diverged: whose validation loss, or mean training loss since the last validation, exceeds 20
 * times the loss of its first step. A model that overfits stays far below. Both are looked at, since a validation may leave
 * out or rescale what the network says.
 */
export class DivergenceCheck {
  /** The loss of step 1. */
  first: number | undefined;
  #sum = 0;
  #steps = 0;

  constructor(first: number | undefined) {
    this.first = first;
  }

  /** Takes the training loss of a step, where the task has one. */
  observe(loss: number | undefined): void {
    if (loss === undefined) return;
    this.first ??= loss;
    this.#sum += loss;
    this.#steps++;
  }

  /** Takes a validation loss. @throws DivergenceError */
  validated(step: number, loss: number): void {
    const mean = this.#sum / this.#steps || 0;
    this.#sum = this.#steps = 0;
    const { first } = this;
    if (first === undefined) return;
    const limit = FACTOR * Math.max(first, LEAST_LOSS);
    const [name, value] = loss > limit ? ['validation', loss] : ['mean training', mean];
    if (value <= limit) return;
    const than = first > LEAST_LOSS ? `${FACTOR} times the loss of the first step, ${first.toPrecision(4)}` : limit;
    throw new DivergenceError(`step ${step}: ${name} loss must stay below ${than}, got ${value.toPrecision(4)}`);
  }
}
