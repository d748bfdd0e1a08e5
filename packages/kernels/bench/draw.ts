/** Draws from the softmax of the logits; nothing is allocated for a draw. */
export class Draw {
  readonly #weights: Float64Array;

  /** @param size how many logits */
  constructor(size: number) {
    this.#weights = new Float64Array(size);
  }

  /** @param u uniform in [0, 1) */
  of(logits: ArrayLike<number>, u: number): number {
    const weights = this.#weights;
    let largest = -Infinity;
    for (let k = 0; k < weights.length; k++) largest = Math.max(largest, logits[k] as number);
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += weights[k] = Math.exp((logits[k] as number) - largest);
    let left = u * sum;
    for (let k = 0; k < weights.length; k++) {
      left -= weights[k] as number;
      if (left < 0) return k;
    }
    return weights.length - 1;
  }
}
