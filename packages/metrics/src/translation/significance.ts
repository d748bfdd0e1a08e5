import { Pcg64 } from './pcg64.ts';
import { type References, segmentStatistics, signature, sum, type TranslationMetric } from './translation-metric.ts';

/** Result of a paired significance test of a system against a baseline. */
export interface PairedTest<Score> {
  readonly baseline: Score;
  readonly system: Score;
  /** p-value in (0, 1]: the probability of a difference at least as large if the two systems are equally good. */
  readonly p: number;
  readonly signature: string;
}

/** A score, and its mean and confidence interval over resampled test sets. */
export interface BootstrapScore {
  readonly score: number;
  readonly mean: number;
  /** Half the width of the 95 % confidence interval. */
  readonly ci: number;
}

/** Translations of the same segments by two systems. */
export interface PairedSystems {
  readonly baseline: readonly string[];
  readonly system: readonly string[];
  readonly references: References;
}

/**
 * Paired bootstrap resampling: test sets are drawn from the segments with replacement, the same ones for both systems.
 *
 * Source: Koehn 2004; sacreBLEU's `--paired-bs`, with the same values for the same seed.
 *
 * @throws DataError when the lists differ in length
 */
export function pairedBootstrap(
  metric: TranslationMetric,
  { baseline, system, references }: PairedSystems,
  { samples = 1000, seed = 12345 }: { samples?: number; seed?: number } = {},
): PairedTest<BootstrapScore> {
  const baselineSegments = segmentStatistics(metric, baseline, references);
  const systemSegments = segmentStatistics(metric, system, references);
  const baselineScore = metric.score(sum(baselineSegments)).score;
  const systemScore = metric.score(sum(systemSegments)).score;

  const random = new Pcg64(seed);
  const baselineScores = new Float64Array(samples);
  const systemScores = new Float64Array(samples);
  for (let k = 0; k < samples; k++) {
    const drawn = Array.from(baseline, () => random.below(baseline.length));
    baselineScores[k] = metric.score(sum(pick(baselineSegments, drawn))).score;
    systemScores[k] = metric.score(sum(pick(systemSegments, drawn))).score;
  }
  const differences = systemScores.map((score, k) => Math.abs(score - (baselineScores[k] as number)));
  const expected = mean(differences);
  return {
    baseline: { score: baselineScore, mean: mean(baselineScores), ci: interval(baselineScores) },
    system: { score: systemScore, mean: mean(systemScores), ci: interval(systemScores) },
    p: fractionAtLeast(
      differences.map((difference) => difference - expected),
      Math.abs(baselineScore - systemScore),
    ),
    signature: signature(metric, references, [`bs:${samples}`, `seed:${seed}`]),
  };
}

/**
 * Paired approximate randomisation: the translations of a segment are swapped between the systems at random.
 *
 * Source: Noreen 1989, Riezler & Maxwell 2005; sacreBLEU's `--paired-ar`, with the same values for the same seed.
 *
 * @throws DataError when the lists differ in length
 */
export function pairedRandomization(
  metric: TranslationMetric,
  { baseline, system, references }: PairedSystems,
  { trials = 10_000, seed = 12345 }: { trials?: number; seed?: number } = {},
): PairedTest<{ readonly score: number }> {
  const baselineSegments = segmentStatistics(metric, baseline, references);
  const systemSegments = segmentStatistics(metric, system, references);
  const total = sum([...baselineSegments, ...systemSegments]);
  const baselineScore = metric.score(sum(baselineSegments));
  const systemScore = metric.score(sum(systemSegments));

  const coin = coins(new Pcg64(seed));
  const differences = new Float64Array(trials);
  for (let k = 0; k < trials; k++) {
    const one = sum(baselineSegments.map((segment, i) => (coin() ? segment : (systemSegments[i] as number[]))));
    const other = total.map((all, j) => all - (one[j] as number));
    differences[k] = Math.abs(metric.score(one).score - metric.score(other).score);
  }
  return {
    baseline: { score: baselineScore.score },
    system: { score: systemScore.score },
    p: fractionAtLeast(differences, Math.abs(baselineScore.score - systemScore.score)),
    signature: signature(metric, references, [`ar:${trials}`, `seed:${seed}`]),
  };
}

/** Fair coins from the bits of each draw, lowest bit first, as numpy does. */
function coins(random: Pcg64): () => boolean {
  let bits = 0;
  let left = 0;
  return () => {
    if (left === 0) [bits, left] = [random.uint32(), 32];
    else bits >>>= 1;
    left--;
    return (bits & 1) === 1;
  };
}

/**
 * Fraction of trials at least as extreme as the observed value, which counts as a trial itself, so that p is never 0.
 *
 * sacreBLEU counts only more extreme trials: systems that differ in one segment, or in none, then have p = 0.0001. Where no
 * trial is equally extreme, the two agree.
 */
function fractionAtLeast(trials: Float64Array, observed: number): number {
  return (trials.filter((trial) => trial >= observed).length + 1) / (trials.length + 1);
}

function interval(scores: Float64Array): number {
  const ordered = scores.toSorted();
  const tail = Math.floor(ordered.length / 40);
  return ((ordered.at(-1 - tail) ?? 0) - (ordered[tail] ?? 0)) / 2;
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b) / values.length;
}

function pick(segments: readonly number[][], drawn: readonly number[]): number[][] {
  return drawn.map((i) => segments[i] as number[]);
}
