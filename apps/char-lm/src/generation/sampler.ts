import type { Rng } from '@unroll/rnn-core';

/** How the next character is drawn. */
export interface SamplerOptions {
  /** Softmax temperature; 0 always takes the most probable character. */
  readonly temperature: number;
  /** Draws from the k most probable characters only; 0 = all. */
  readonly topK: number;
  /** Draws from the most probable characters that together have this probability. Source: Holtzman et al. 2020 (nucleus sampling). */
  readonly topP: number;
  /** Factor by which the logits of recent characters are lowered; 1 = none. Source: Keskar et al. 2019. */
  readonly repetitionPenalty: number;
}

/** A character that may come next. */
export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/**
 * Samples ids from logits: repetition penalty, then temperature, then top-k, then top-p; the remaining probabilities are
 * normalised. One sampler serves a whole text and allocates nothing per character.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #excluded: number | undefined;
  readonly #weights: Float64Array; // [V], proportional to the probabilities; 0 where excluded
  readonly #heap: Int32Array; //      [V] ids, the most probable of those not yet taken first
  #sum = 0;

  /**
   * @param vocabSize V
   * @param excluded an id that is never drawn
   */
  constructor(vocabSize: number, options: SamplerOptions, excluded: number | undefined) {
    this.#options = options;
    this.#excluded = excluded;
    this.#weights = new Float64Array(vocabSize);
    this.#heap = new Int32Array(vocabSize);
  }

  /**
   * Computes the probabilities of the next character.
   *
   * @param logits [V]
   * @param recent ids to which the repetition penalty applies
   */
  weigh(logits: ArrayLike<number>, recent: Iterable<number>): void {
    const { temperature, topK, topP, repetitionPenalty } = this.#options;
    const weights = this.#weights;
    for (let id = 0; id < weights.length; id++) weights[id] = logits[id] as number;
    if (repetitionPenalty !== 1)
      for (const id of recent) {
        const logit = logits[id] as number;
        weights[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      }
    if (this.#excluded !== undefined) weights[this.#excluded] = -Infinity;

    let best = 0;
    for (let id = 1; id < weights.length; id++) if ((weights[id] as number) > (weights[best] as number)) best = id;
    if (temperature === 0) {
      weights.fill(0)[best] = 1;
      this.#sum = 1;
      return;
    }
    const highest = weights[best] as number;
    this.#sum = 0;
    for (let id = 0; id < weights.length; id++)
      this.#sum += weights[id] = Math.exp(((weights[id] as number) - highest) / temperature);
    if (topK > 0 && topK < weights.length) this.#keep(topK, Infinity);
    if (topP < 1) this.#keep(weights.length, topP * this.#sum);
  }

  /** Draws an id. */
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
    return last; // also where rounding left the sum below the draw
  }

  /** The most probable ids, at most `count`, in descending order. */
  candidates(count: number): Candidate[] {
    return Array.from(this.#weights, (weight, id) => ({ id, probability: weight / this.#sum }))
      .filter(({ probability }) => probability > 0)
      .sort((a, b) => b.probability - a.probability || a.id - b.id)
      .slice(0, count);
  }

  /** Keeps the most probable ids: `count` of them, or the fewest whose weights sum to `wanted`. */
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

  /** Sifts the id at `k` down in the heap of the first `size`. */
  #sift(k: number, size: number): void {
    const heap = this.#heap;
    const id = heap[k] as number;
    for (let child = 2 * k + 1; child < size; child = 2 * k + 1) {
      if (child + 1 < size && this.#isMoreProbable(heap[child + 1] as number, heap[child] as number)) child++;
      if (!this.#isMoreProbable(heap[child] as number, id)) break;
      heap[k] = heap[child] as number;
      k = child;
    }
    heap[k] = id;
  }

  #isMoreProbable(a: number, b: number): boolean {
    const difference = (this.#weights[a] as number) - (this.#weights[b] as number);
    return difference > 0 || (difference === 0 && a < b);
  }
}
