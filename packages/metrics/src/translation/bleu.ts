import { type BleuTokenizer, bleuTokenizers } from './bleu-tokenizer.ts';
import { matches, type NgramCounts, total, wordNgrams } from './ngrams.ts';
import { SACREBLEU_VERSION, type TranslationMetric } from './translation-metric.ts';
import { trimEnd } from './whitespace.ts';

/** Replaces a precision of 0 of some order, which would make the whole score 0. */
export type BleuSmoothing =
  | { readonly method: 'exp' | 'none' }
  | { readonly method: 'floor' | 'add-k'; readonly value?: number };

/** Of {@link bleu}; sacreBLEU's defaults. */
export interface BleuOptions {
  /** Default `13a`. */
  readonly tokenizer?: BleuTokenizer;
  /** Default `{ method: 'exp' }`; floor adds 0.1 and add-k adds 1 where no value is given. */
  readonly smoothing?: BleuSmoothing;
  /** Average only over the orders up to the longest n-gram present; for sentence scores. */
  readonly effectiveOrder?: boolean;
  readonly lowercase?: boolean;
}

/** A BLEU score and what it is made of. */
export interface BleuScore {
  readonly score: number;
  /** Percent, orders 1 … 4. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Matched and proposed n-grams of each order; with add-k, k more from order 2 on. */
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  /** In words. */
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

const ORDERS = [1, 2, 3, 4] as const;

/**
 * BLEU over n-grams of one to four words, 0 … 100, higher is better.
 *
 *     BLEU = BP · exp( mean over n of ln pₙ )      BP = min(1, e^(1 − r/c))
 *
 * pₙ is the clipped precision, c the hypotheses' length and r the sum of the closest references' lengths.
 *
 * Source: Papineni et al. 2002; smoothing as Chen & Cherry 2014 name it; sacreBLEU's `BLEU`.
 */
export function bleu(options: BleuOptions = {}): TranslationMetric<BleuScore> {
  const { tokenizer = '13a', smoothing = { method: 'exp' }, effectiveOrder = false, lowercase = false } = options;
  const words = (text: string) => bleuTokenizers[tokenizer](trimEnd(lowercase ? text.toLowerCase() : text));
  const value = smoothingValue(smoothing);
  return {
    name: 'BLEU',
    settings: [
      `case:${lowercase ? 'lc' : 'mixed'}`,
      `eff:${effectiveOrder ? 'yes' : 'no'}`,
      `tok:${tokenizer}`,
      `smooth:${smoothing.method}${value === undefined ? '' : `[${value.toFixed(2)}]`}`,
      SACREBLEU_VERSION,
    ].join('|'),
    segment: (hypothesis, references) => segment(words(hypothesis), references.map(words)),
    score: (statistics) => score(statistics, smoothing.method, value ?? 0, effectiveOrder),
  };
}

/** Says in a line why a corpus BLEU is 0; undefined when it is above. */
export function bleuZeroReason({ score, brevityPenalty, counts, totals }: BleuScore): string | undefined {
  if (score > 0) return undefined;
  if (totals[0] === 0) return 'BLEU is 0: the translations are empty';
  if (counts[0] === 0) return 'BLEU is 0: no word of the translations is in their references';
  const missing = totals.indexOf(0) + 1;
  if (missing > 0)
    return `BLEU is 0: it needs n-grams of 1 to ${ORDERS.length} words, and no translation has ${missing} words; use chrF, or sentence-level BLEU`;
  if (brevityPenalty === 0) return 'BLEU is 0: the translations are far shorter than their references';
  return `BLEU is 0: no ${counts.indexOf(0) + 1}-gram of the translations is in their references; use another smoothing, or chrF`;
}

function smoothingValue(smoothing: BleuSmoothing): number | undefined {
  if (smoothing.method === 'floor') return smoothing.value ?? 0.1;
  if (smoothing.method === 'add-k') return smoothing.value ?? 1;
  return undefined;
}

/** [c, r, matches of orders 1 … 4, n-grams of orders 1 … 4] */
function segment(hypothesis: readonly string[], references: readonly string[][]): number[] {
  const ngrams = ORDERS.map((n) => wordNgrams(hypothesis, n));
  const allowed = ORDERS.map((n) => most(references.map((reference) => wordNgrams(reference, n))));
  return [
    hypothesis.length,
    closest(
      hypothesis.length,
      references.map((reference) => reference.length),
    ),
    ...ngrams.map((counts, k) => matches(counts, allowed[k] as NgramCounts)),
    ...ngrams.map(total),
  ];
}

/** Maximum count of each n-gram over the references. */
function most(references: readonly NgramCounts[]): NgramCounts {
  const merged: NgramCounts = new Map();
  for (const counts of references)
    for (const [ngram, count] of counts) merged.set(ngram, Math.max(count, merged.get(ngram) ?? 0));
  return merged;
}

/** The reference length closest to the hypothesis length; of two equally close, the shorter. */
function closest(length: number, references: readonly number[]): number {
  return references.reduce((best, next) => {
    const difference = Math.abs(next - length) - Math.abs(best - length);
    return difference < 0 || (difference === 0 && next < best) ? next : best;
  });
}

function score(
  statistics: readonly number[],
  method: BleuSmoothing['method'],
  value: number,
  effectiveOrder: boolean,
): BleuScore {
  const [hypothesisLength = 0, referenceLength = 0] = statistics;
  const counts = statistics.slice(2, 6);
  const totals = statistics.slice(6);
  const precisions = ORDERS.map(() => 0);
  const brevityPenalty = hypothesisLength < referenceLength ? Math.exp(1 - referenceLength / hypothesisLength) : 1;
  const result = { precisions, brevityPenalty, counts, totals, hypothesisLength, referenceLength };
  if (counts.every((count) => count === 0)) return { score: 0, ...result };

  let orders: number = ORDERS.length;
  let halved = 1;
  for (let k = 0; k < ORDERS.length; k++) {
    if (method === 'add-k' && k > 0) {
      counts[k] = (counts[k] as number) + value;
      totals[k] = (totals[k] as number) + value;
    }
    const [count, all] = [counts[k] as number, totals[k] as number];
    if (all === 0) break;
    if (effectiveOrder) orders = k + 1;
    if (count > 0) precisions[k] = (100 * count) / all;
    else if (method === 'exp') precisions[k] = 100 / ((halved *= 2) * all);
    else if (method === 'floor') precisions[k] = (100 * value) / all;
  }
  const logs = precisions.slice(0, orders).map((precision) => Math.log(precision));
  return { score: brevityPenalty * Math.exp(logs.reduce((a, b) => a + b) / orders), ...result };
}
