import { DataError } from '@unroll/rnn-core';
import { count } from '@unroll/run';
import type { Pair } from './pairs.ts';

const BUCKETS = 1 << 16;
const MARGIN = 3; // nats on each side before a pair counts as swapped

/**
 * Naive Bayes classifier of the two languages of a parallel text by character trigrams, which finds pairs whose sides are
 * swapped. It is trained on the pairs themselves, most of which are assumed to be right.
 */
export class LanguageGuess {
  /** Log-likelihood ratio of each trigram, source language over target language. */
  readonly #odds: Float64Array;

  constructor(pairs: readonly Pair[]) {
    const [source, target] = [new Float64Array(BUCKETS).fill(1), new Float64Array(BUCKETS).fill(1)];
    for (const pair of pairs) {
      for (const bucket of trigrams(pair.source)) source[bucket] = (source[bucket] as number) + 1;
      for (const bucket of trigrams(pair.target)) target[bucket] = (target[bucket] as number) + 1;
    }
    const [sources, targets] = [source.reduce((a, b) => a + b), target.reduce((a, b) => a + b)];
    this.#odds = source.map((n, k) => Math.log((n / sources) * (targets / (target[k] as number))));
  }

  /** Whether the source is in the target's language and the other way round. */
  readonly isSwapped = ({ source, target }: Pair): boolean =>
    this.#score(source) < -MARGIN && this.#score(target) > MARGIN;

  /**
   * @param where which pairs, for the error
   * @throws DataError when most of the pairs are swapped
   */
  checkDirection(where: string, pairs: readonly Pair[]): void {
    const swapped = pairs.filter(this.isSwapped);
    if (swapped.length <= pairs.length / 2) return;
    throw new DataError(
      `${where}: must have source and target in the languages of the training pairs, got ${count(swapped.length)} of ${count(pairs.length)} pairs swapped; exchange the two`,
    );
  }

  #score(text: string): number {
    let sum = 0;
    for (const bucket of trigrams(text)) sum += this.#odds[bucket] as number;
    return sum;
  }
}

/** Hash buckets of the trigrams of UTF-16 code units. */
function* trigrams(text: string): Generator<number> {
  for (let k = 2; k < text.length; k++) {
    const hash =
      Math.imul(text.charCodeAt(k - 2), 0x9e3779b1) ^
      Math.imul(text.charCodeAt(k - 1), 0x85ebca6b) ^
      text.charCodeAt(k);
    yield (Math.imul(hash, 0xc2b2ae35) >>> 16) & (BUCKETS - 1);
  }
}
