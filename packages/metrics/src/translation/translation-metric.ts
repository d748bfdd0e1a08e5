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

/** Adds up the score of a corpus segment by segment, so that one larger than memory can be scored. */
export class CorpusTally<Score extends { readonly score: number }> {
  readonly #metric: TranslationMetric<Score>;
  readonly #numbersOfReferences = new Set<number>();
  #statistics: readonly number[] = [];
  #segments = 0;

  constructor(metric: TranslationMetric<Score>) {
    this.#metric = metric;
  }

  /**
   * Adds a segment.
   *
   * @param hypothesis a translation, detokenised
   * @throws DataError when it has no reference
   */
  add(hypothesis: string, references: readonly string[]): void {
    this.#segments++;
    if (references.length === 0)
      throw new DataError(`${this.#metric.name}: segment ${this.#segments} must have a reference, got none`);
    const segment = this.#metric.segment(hypothesis, references);
    this.#statistics = this.#segments === 1 ? segment : sum([this.#statistics, segment]);
    this.#numbersOfReferences.add(references.length);
  }

  /** The score of all segments. @throws DataError when there is none */
  score(): SignedScore<Score> {
    const metric = this.#metric;
    if (this.#segments === 0) throw new DataError(`${metric.name}: must be of at least one segment, got none`);
    return {
      ...metric.score(this.#statistics),
      name: metric.name,
      signature: signed(metric, this.#numbersOfReferences),
    };
  }
}

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
  checkSegments(metric, hypotheses, references);
  const tally = new CorpusTally(metric);
  for (const [i, hypothesis] of hypotheses.entries()) tally.add(hypothesis, referencesOf(references, i));
  return tally.score();
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
  checkSegments(metric, hypotheses, references);
  return hypotheses.map((hypothesis, i) => {
    const given = referencesOf(references, i);
    if (given.length === 0) throw new DataError(`${metric.name}: segment ${i + 1} must have a reference, got none`);
    return metric.segment(hypothesis, given);
  });
}

function checkSegments({ name }: TranslationMetric, hypotheses: readonly string[], references: References): void {
  const odd = references.find((set) => set.length !== hypotheses.length);
  if (odd !== undefined || hypotheses.length === 0 || references.length === 0)
    throw new DataError(
      `${name}: hypotheses and every set of references must have the same number of segments, at least one, ` +
        `got ${hypotheses.length} and ${odd?.length ?? references[0]?.length ?? 'no references'}`,
    );
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
  return signed(metric, new Set((references[0] ?? []).map((_, i) => referencesOf(references, i).length)), trial);
}

function signed({ settings }: TranslationMetric, counts: ReadonlySet<number>, trial: readonly string[] = []): string {
  const nrefs = counts.size === 1 ? [...counts].join('') : 'var';
  return [`nrefs:${nrefs}`, ...trial, settings].join('|');
}

function referencesOf(references: References, i: number): string[] {
  return references.flatMap((set) => set[i] ?? []);
}

function at(list: readonly number[], k: number): number {
  return list[k] as number;
}
