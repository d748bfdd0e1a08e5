import { DataError } from '@unroll/rnn-core';
import { count } from '@unroll/run';
import type { Pair } from './pairs.ts';

const BUCKETS = 1 << 16;
const MARGIN = 3; // nats on either side before a pair counts as swapped

/**
 * Tells the two languages of a parallel text apart by their character trigrams, so that a pair whose sides have changed
 * places is found. It is learnt from the pairs themselves, most of which are taken to be right.
 */
export class LanguageGuess {
  /** ln of how much likelier each trigram is in the source's language than in the target's. */
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

  /** Whether each side is in the other's language. */
  readonly isSwapped = ({ source, target }: Pair): boolean =>
    this.#score(source) < -MARGIN && this.#score(target) > MARGIN;

  /**
   * @param where which files, for the message
   * @throws DataError when most of the pairs are the other way round
   */
  checkDirection(where: string, pairs: readonly Pair[]): void {
    const swapped = pairs.filter(this.isSwapped);
    if (swapped.length <= pairs.length / 2) return;
    throw new DataError(
      `${where}: must have source and target in the languages that are learnt, got ${count(swapped.length)} of ${count(pairs.length)} pairs the other way round; change the two`,
    );
  }

  #score(text: string): number {
    let sum = 0;
    for (const bucket of trigrams(text)) sum += this.#odds[bucket] as number;
    return sum;
  }
}

/** The trigrams of UTF-16 units, by hash. */
function* trigrams(text: string): Generator<number> {
  for (let k = 2; k < text.length; k++) {
    const hash =
      Math.imul(text.charCodeAt(k - 2), 0x9e3779b1) ^
      Math.imul(text.charCodeAt(k - 1), 0x85ebca6b) ^
      text.charCodeAt(k);
    yield (Math.imul(hash, 0xc2b2ae35) >>> 16) & (BUCKETS - 1);
  }
}
