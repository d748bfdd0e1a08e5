import { characterNgrams, matches, type NgramCounts, total, wordNgrams } from './ngrams.ts';
import { SACREBLEU_VERSION, type TranslationMetric } from './translation-metric.ts';
import { splitWords } from './whitespace.ts';

/** Of {@link chrf}; sacreBLEU's defaults. */
export interface ChrfOptions {
  /** Longest character n-gram; default 6. */
  readonly characterOrder?: number;
  /** Longest word n-gram; default 0, and 2 makes it chrF++. */
  readonly wordOrder?: number;
  /** Weight of recall relative to precision; default 2. */
  readonly beta?: number;
  readonly lowercase?: boolean;
  /** Count white space as characters; default false. */
  readonly whitespace?: boolean;
}

/**
 * F-score over character n-grams, and over word n-grams for chrF++; 0 … 100, higher is better.
 *
 *     chrF = (1 + β²) · P·R / (β²·P + R)
 *
 * P and R are precision and recall averaged over the orders that both texts have. Of several references, a segment
 * counts against the one that gives it the best score.
 *
 * Source: Popović 2015, 2017; sacreBLEU's `CHRF`.
 */
export function chrf(options: ChrfOptions = {}): TranslationMetric {
  const { characterOrder = 6, wordOrder = 0, beta = 2, lowercase = false, whitespace = false } = options;
  const ngrams = (text: string): NgramCounts[] => {
    const cased = lowercase ? text.toLowerCase() : text;
    const characters = whitespace ? cased : splitWords(cased).join('');
    const words = cutPunctuation(cased);
    return [
      ...Array.from({ length: characterOrder }, (_, k) => characterNgrams(characters, k + 1)),
      ...Array.from({ length: wordOrder }, (_, k) => wordNgrams(words, k + 1)),
    ];
  };
  return {
    name: `chrF${beta}${'+'.repeat(wordOrder)}`,
    settings: [
      `case:${lowercase ? 'lc' : 'mixed'}`,
      'eff:yes',
      `nc:${characterOrder}`,
      `nw:${wordOrder}`,
      `space:${whitespace ? 'yes' : 'no'}`,
      SACREBLEU_VERSION,
    ].join('|'),
    segment: (hypothesis, references) => {
      const proposed = ngrams(hypothesis);
      const candidates = references.map((reference) => compare(proposed, ngrams(reference)));
      return candidates.reduce((best, next) => (fScore(next, beta) > fScore(best, beta) ? next : best));
    },
    score: (statistics) => ({ score: fScore(statistics, beta) }),
  };
}

/** [n-grams of the hypothesis, of the reference, in both] for each order; the first is 0 where the reference has none. */
function compare(hypothesis: readonly NgramCounts[], reference: readonly NgramCounts[]): number[] {
  return hypothesis.flatMap((proposed, k) => {
    const wanted = reference[k] as NgramCounts;
    return [wanted.size > 0 ? total(proposed) : 0, total(wanted), matches(proposed, wanted)];
  });
}

function fScore(statistics: readonly number[], beta: number): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let k = 0; k < statistics.length; k += 3) {
    const [proposed, wanted, both] = statistics.slice(k, k + 3) as [number, number, number];
    if (proposed === 0 || wanted === 0) continue;
    precision += both / proposed;
    recall += both / wanted;
    orders++;
  }
  if (precision + recall === 0) return 0;
  precision /= orders;
  recall /= orders;
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}

/** Splits one ASCII punctuation mark from a word's end, else from its start. Source: chrF++.py. */
function cutPunctuation(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const [, body, mark] = /^(.+)([!-/:-@[-`{-~])$/su.exec(word) ?? [];
    if (body !== undefined && mark !== undefined) return [body, mark];
    const [, opening, rest] = /^([!-/:-@[-`{-~])(.+)$/su.exec(word) ?? [];
    return opening !== undefined && rest !== undefined ? [opening, rest] : [word];
  });
}
