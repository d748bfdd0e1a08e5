/** Remembers the best validation loss, and says when there has been no better one for too long. */
export class EarlyStopping {
  readonly #patience: number;
  best = Number.MAX_VALUE;
  /** Observations since the best. */
  stale = 0;

  /** @param patience how many observations without progress end the training; Infinity never does */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** @returns whether this loss is the best so far */
  observe(loss: number): boolean {
    if (loss < this.best) {
      this.best = loss;
      this.stale = 0;
      return true;
    }
    this.stale++;
    return false;
  }

  /** Whether `patience` validations in a row brought no improvement. */
  get shouldStop(): boolean {
    return this.stale >= this.#patience;
  }
}
