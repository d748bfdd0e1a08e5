import type { Rng } from '@unroll/rnn-core';

/** How the next character is chosen. */
export interface Choice {
  /** What logits are divided by; 0 takes the likeliest always. */
  readonly temperature: number;
  /** Only the k likeliest; 0 for all. */
  readonly topK: number;
  /** Only the likeliest that together have this probability. Source: Holtzman et al. 2020, “nucleus sampling”. */
  readonly topP: number;
  /** What the odds of recent characters are lowered by; 1 for not at all. Source: Keskar et al. 2019. */
  readonly repetitionPenalty: number;
}

/** A character that may come next. */
export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/**
 * What may come next and how likely it is: penalty, then temperature, then top-k, then top-p. What is left has
 * probability one together. One is made for a whole text, and nothing is allocated for a character.
 */
export class NextCharacter {
  readonly #choice: Choice;
  readonly #never: number | undefined;
  readonly #weights: Float64Array; // [V], proportional to the probabilities; 0 for what may not come
  readonly #heap: Int32Array; //      [V] ids, the likeliest of those not yet taken first
  #sum = 0;

  /**
   * @param vocabSize V
   * @param never an id that must not be chosen
   */
  constructor(vocabSize: number, choice: Choice, never: number | undefined) {
    this.#choice = choice;
    this.#never = never;
    this.#weights = new Float64Array(vocabSize);
    this.#heap = new Int32Array(vocabSize);
  }

  /**
   * Weighs what may come next.
   *
   * @param logits [V]
   * @param recent ids that count as repetitions
   */
  weigh(logits: ArrayLike<number>, recent: Iterable<number>): void {
    const { temperature, topK, topP, repetitionPenalty } = this.#choice;
    const weights = this.#weights;
    for (let id = 0; id < weights.length; id++) weights[id] = logits[id] as number;
    if (repetitionPenalty !== 1)
      for (const id of recent) {
        const logit = logits[id] as number;
        weights[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      }
    if (this.#never !== undefined) weights[this.#never] = -Infinity;

    let likeliest = 0;
    for (let id = 1; id < weights.length; id++)
      if ((weights[id] as number) > (weights[likeliest] as number)) likeliest = id;
    if (temperature === 0) {
      weights.fill(0)[likeliest] = 1;
      this.#sum = 1;
      return;
    }
    const highest = weights[likeliest] as number;
    this.#sum = 0;
    for (let id = 0; id < weights.length; id++)
      this.#sum += weights[id] = Math.exp(((weights[id] as number) - highest) / temperature);
    if (topK > 0 && topK < weights.length) this.#keep(topK, Infinity);
    if (topP < 1) this.#keep(weights.length, topP * this.#sum);
  }

  /** Draws one. */
  draw(rng: Rng): number {
    const weights = this.#weights;
    let left = rng.uniform() * this.#sum;
    let last = 0;
    for (let id = 0; id < weights.length; id++) {
      const weight = weights[id] as number;
      if (weight === 0) continue;
      last = id;
      left -= weight;
      if (left < 0) break;
    }
    return last; // where rounding kept the sum below the draw, too
  }

  /** The likeliest, `count` at most, the likeliest first. */
  likeliest(count: number): Candidate[] {
    return Array.from(this.#weights, (weight, id) => ({ id, probability: weight / this.#sum }))
      .filter(({ probability }) => probability > 0)
      .sort((a, b) => b.probability - a.probability || a.id - b.id)
      .slice(0, count);
  }

  /** Leaves the likeliest: `count` of them, or the fewest that weigh `wanted` together. */
  #keep(count: number, wanted: number): void {
    const [weights, heap] = [this.#weights, this.#heap];
    for (let k = 0; k < heap.length; k++) heap[k] = k;
    for (let k = (heap.length >> 1) - 1; k >= 0; k--) this.#sift(k, heap.length);
    let sum = 0;
    let left = heap.length;
    for (let taken = 0; taken < count && left > 0 && sum < wanted; taken++) {
      sum += weights[heap[0] as number] as number;
      heap[0] = heap[--left] as number;
      this.#sift(0, left);
    }
    for (let k = 0; k < left; k++) weights[heap[k] as number] = 0;
    this.#sum = sum;
  }

  /** Lets the id at `k` sink to where none of the first `size` below it is likelier. */
  #sift(k: number, size: number): void {
    const heap = this.#heap;
    const id = heap[k] as number;
    for (let child = 2 * k + 1; child < size; child = 2 * k + 1) {
      if (child + 1 < size && this.#isLikelier(heap[child + 1] as number, heap[child] as number)) child++;
      if (!this.#isLikelier(heap[child] as number, id)) break;
      heap[k] = heap[child] as number;
      k = child;
    }
    heap[k] = id;
  }

  #isLikelier(a: number, b: number): boolean {
    const difference = (this.#weights[a] as number) - (this.#weights[b] as number);
    return difference > 0 || (difference === 0 && a < b);
  }
}
