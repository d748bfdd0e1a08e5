import { DataError } from '../data-error.ts';

/**
 * The sacreBLEU release whose definitions BLEU, chrF and TER follow and whose values their tests reproduce, as it stands in
 * their signatures.
 */
export const SACREBLEU_VERSION = 'version:2.6.0';

/** A translation metric: statistics of each segment are summed, and the score of a corpus is a function of the sum. */
export interface TranslationMetric<Score extends { readonly score: number } = { readonly score: number }> {
  readonly name: string;
  /** The metric's part of the signature, such as `case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0`. */
  readonly settings: string;
  /** Additive statistics of one segment. */
  segment(hypothesis: string, references: readonly string[]): number[];
  /** Score of summed statistics, 0 … 100 (TER may exceed 100). */
  score(statistics: readonly number[]): Score;
}

/** One or more complete sets of references, `references[k][i]` for segment i; `undefined` where set k has none for it. */
export type References = readonly (readonly (string | undefined)[])[];

/** A score with its name and sacreBLEU signature. */
export type SignedScore<Score> = Score & { readonly name: string; readonly signature: string };

/**
 * Computes the score of a whole corpus.
 *
 * @param hypotheses one translation per segment, detokenised
 * @throws DataError when a set has another length than `hypotheses`, or a segment has no reference
 */
export function corpusScore<Score extends { readonly score: number }>(
  metric: TranslationMetric<Score>,
  hypotheses: readonly string[],
  references: References,
): SignedScore<Score> {
  const statistics = segmentStatistics(metric, hypotheses, references);
  return { ...metric.score(sum(statistics)), name: metric.name, signature: signature(metric, references) };
}

/** Computes the score of one segment. Use BLEU with `effectiveOrder`: else a segment without a matching 4-gram is near 0. */
export function sentenceScore<Score extends { readonly score: number }>(
  metric: TranslationMetric<Score>,
  hypothesis: string,
  references: readonly string[],
): SignedScore<Score> {
  return corpusScore(
    metric,
    [hypothesis],
    references.map((reference) => [reference]),
  );
}

/** Returns the statistics of every segment, in order. @throws DataError as `corpusScore` */
export function segmentStatistics(
  metric: TranslationMetric,
  hypotheses: readonly string[],
  references: References,
): number[][] {
  const odd = references.find((set) => set.length !== hypotheses.length);
  if (odd !== undefined || hypotheses.length === 0 || references.length === 0)
    throw new DataError(
      `${metric.name}: hypotheses and every set of references must have the same number of segments, at least one, ` +
        `got ${hypotheses.length} and ${odd?.length ?? references[0]?.length ?? 'no references'}`,
    );
  return hypotheses.map((hypothesis, i) => {
    const given = referencesOf(references, i);
    if (given.length === 0) throw new DataError(`${metric.name}: segment ${i + 1} must have a reference, got none`);
    return metric.segment(hypothesis, given);
  });
}

/** Sums equally long lists element by element. */
export function sum(statistics: readonly (readonly number[])[]): number[] {
  const totals = (statistics[0] ?? []).map(() => 0);
  for (const segment of statistics)
    for (let k = 0; k < totals.length; k++) totals[k] = at(totals, k) + at(segment, k);
  return totals;
}

/** sacreBLEU's signature: what must be equal for two scores to be comparable. `trial` describes a paired test. */
export function signature(metric: TranslationMetric, references: References, trial: readonly string[] = []): string {
  const counts = new Set((references[0] ?? []).map((_, i) => referencesOf(references, i).length));
  const nrefs = counts.size === 1 ? [...counts].join('') : 'var';
  return [`nrefs:${nrefs}`, ...trial, metric.settings].join('|');
}

function referencesOf(references: References, i: number): string[] {
  return references.flatMap((set) => set[i] ?? []);
}

function at(list: readonly number[], k: number): number {
  return list[k] as number;
}
