// oxlint-disable-next-line typescript/triple-slash-reference -- only so it is known to who imports this from source
/// <reference path="./sentiment-english.d.ts" />
import Sentiment from 'sentiment';
import english from 'sentiment/languages/en/index.js';

const VALENCES: ReadonlyMap<string, number> = new Map(Object.entries(english.labels));
const NEGATORS = new Set('not no never none nor neither without hardly cannot'.split(' '));
const NEGATION_SCOPE = 2; // tokens after a negator whose valence it inverts

/** Scores texts by the AFINN lexicon alone, as the npm package `sentiment` does. */
export class AfinnScorer {
  readonly #sentiment = new Sentiment();

  /** Returns the summed valence: below 0 for a negative text, above 0 for a positive one. */
  score(text: string): number {
    return this.#sentiment.analyze(text).score;
  }
}

/**
 * Returns the AFINN valence of each token, from -5 to 5, inverted shortly after a negator; 0 for unknown tokens.
 * Source: Nielsen 2011, English, from the npm package `sentiment`.
 */
export function valences(tokens: readonly string[]): Int8Array {
  const values = new Int8Array(tokens.length);
  let negatedUntil = -1;
  for (const [k, written] of tokens.entries()) {
    const token = written.toLowerCase();
    const value = VALENCES.get(token) ?? 0;
    values[k] = k <= negatedUntil ? -value : value;
    if (NEGATORS.has(token) || token.endsWith("n't")) negatedUntil = k + NEGATION_SCOPE;
  }
  return values;
}
