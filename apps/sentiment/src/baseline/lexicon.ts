import { createRequire } from 'node:module';
import Sentiment from 'sentiment';

const load = createRequire(import.meta.url);
const labels: Readonly<Record<string, number>> = load('sentiment/languages/en/labels.json');
const VALENCES: ReadonlyMap<string, number> = new Map(Object.entries(labels));
const NEGATORS = new Set('not no never none nor neither without hardly cannot'.split(' '));
const REACH = 2; // a negator turns the words so far behind it

/** The verdict of the lexicon alone: the sum of the valences of a text's words, as the npm package counts it. */
export class AfinnScorer {
  readonly #sentiment = new Sentiment();

  /** Below 0 the text is negative, above 0 positive. */
  score(text: string): number {
    return this.#sentiment.analyze(text).score;
  }
}

/**
 * What AFINN says of each token, from -5 to 5, turned where a negator stands shortly before it. 0 for what it does not
 * know. Source: Nielsen 2011, English; as the npm package `sentiment` ships it.
 */
export function valences(tokens: readonly string[]): Int8Array {
  const values = new Int8Array(tokens.length);
  let negatedUntil = -1;
  for (const [k, written] of tokens.entries()) {
    const token = written.toLowerCase();
    const value = VALENCES.get(token) ?? 0;
    values[k] = k <= negatedUntil ? -value : value;
    if (NEGATORS.has(token) || token.endsWith("n't")) negatedUntil = k + REACH;
  }
  return values;
}
