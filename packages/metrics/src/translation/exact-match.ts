import type { TranslationMetric } from './translation-metric.ts';
import { trim } from './whitespace.ts';

/**
 * Exact match: segments that equal one of their references, as a percentage, 0 … 100, higher is better. Blanks at both ends
 * do not count.
 *
 * Source: `exact_match` of Hugging Face's evaluate, which returns the fraction.
 */
export function exactMatch({ lowercase = false }: { readonly lowercase?: boolean } = {}): TranslationMetric {
  const normalized = (text: string): string => trim(lowercase ? text.toLowerCase() : text);
  return {
    name: 'exact match',
    settings: `case:${lowercase ? 'lc' : 'mixed'}`,
    segment: (hypothesis, references) => [references.map(normalized).includes(normalized(hypothesis)) ? 1 : 0, 1],
    score: ([equal = 0, all = 0]) => ({ score: (100 * equal) / all }),
  };
}
