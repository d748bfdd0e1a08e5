import { DataError } from './data-error.ts';

/**
 * The release whose definitions these metrics follow and whose numbers their tests reproduce. A signature is a claim
 * about a definition, so it names that release and not this package's.
 */
const SACREBLEU_VERSION = '2.6.0';

/** A score of translations against references. Statistics of segments add up, and a score is a function of their sum. */
export interface TranslationMetric<Score extends { readonly score: number } = { readonly score: number }> {
  readonly name: string;
  /** What a signature says of the metric itself, such as `case:mixed|eff:no|tok:13a|smooth:exp`. */
  readonly settings: string;
  /** Additive statistics of one segment. */
  segment(hypothesis: string, references: readonly string[]): number[];
  /** The score of summed statistics, 0 … 100 (TER may exceed 100). */
  score(statistics: readonly number[]): Score;
}

/** One or more complete sets of references, `references[k][i]` for segment i; `undefined` where set k has none for it. */
export type References = readonly (readonly (string | undefined)[])[];

/** A score that says what it is. */
export type SignedScore<Score> = Score & { readonly name: string; readonly signature: string };

/**
 * The score of a whole corpus.
 *
 * @param hypotheses one translation a segment, detokenised
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

/** The score of one segment. BLEU wants `effectiveOrder` here, or a segment without a 4-gram match is next to nothing. */
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

/** The statistics of every segment, in order. @throws DataError as `corpusScore` */
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

/** Element by element, the sum of equally long lists. */
export function sum(statistics: readonly (readonly number[])[]): number[] {
  const totals = (statistics[0] ?? []).map(() => 0);
  for (const segment of statistics)
    for (let k = 0; k < totals.length; k++) totals[k] = at(totals, k) + at(segment, k);
  return totals;
}

/** sacreBLEU's signature: all that must be equal for two scores to be comparable. `trial` tells of a paired test. */
export function signature(metric: TranslationMetric, references: References, trial: readonly string[] = []): string {
  const counts = new Set((references[0] ?? []).map((_, i) => referencesOf(references, i).length));
  const nrefs = counts.size === 1 ? [...counts].join('') : 'var';
  return [`nrefs:${nrefs}`, ...trial, metric.settings, `version:${SACREBLEU_VERSION}`].join('|');
}

function referencesOf(references: References, i: number): string[] {
  return references.flatMap((set) => set[i] ?? []);
}

function at(list: readonly number[], k: number): number {
  return list[k] as number;
}
