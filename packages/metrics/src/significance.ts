import { Pcg64 } from './pcg64.ts';
import { type References, segmentStatistics, signature, sum, type TranslationMetric } from './translation-metric.ts';

/** Whether a system's score differs from a baseline's by more than chance. */
export interface PairedTest<Figures> {
  readonly baseline: Figures;
  readonly system: Figures;
  /** How likely a difference at least as large is, were the two systems equally good. */
  readonly p: number;
  readonly signature: string;
}

/** A score with where it falls when the test set is drawn anew. */
export interface BootstrapFigures {
  readonly score: number;
  readonly mean: number;
  /** Half the width of the 95 % interval. */
  readonly ci: number;
}

/** Two systems' translations of the same segments. */
export interface PairedSystems {
  readonly baseline: readonly string[];
  readonly system: readonly string[];
  readonly references: References;
}

/**
 * Paired bootstrap resampling: test sets drawn from the segments with replacement, the same for both systems.
 *
 * Source: Koehn 2004; sacreBLEU's `--paired-bs`, whose numbers it gives for the same seed.
 *
 * @throws DataError when the lists differ in length
 */
export function pairedBootstrap(
  metric: TranslationMetric,
  { baseline, system, references }: PairedSystems,
  { samples = 1000, seed = 12345 }: { samples?: number; seed?: number } = {},
): PairedTest<BootstrapFigures> {
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
    p: shareAtLeast(
      differences.map((difference) => difference - expected),
      Math.abs(baselineScore - systemScore),
    ),
    signature: signature(metric, references, [`bs:${samples}`, `seed:${seed}`]),
  };
}

/**
 * Paired approximate randomisation: which system said what is shuffled, segment by segment, as if it did not matter.
 *
 * Source: Noreen 1989, Riezler & Maxwell 2005; sacreBLEU's `--paired-ar`, whose numbers it gives for the same seed.
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
    p: shareAtLeast(differences, Math.abs(baselineScore.score - systemScore.score)),
    signature: signature(metric, references, [`ar:${trials}`, `seed:${seed}`]),
  };
}

/** Fair coins, 32 to a draw, the lowest bit first, as numpy throws them. */
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
 * The share of trials at least as extreme as what was seen, which itself counts as one, so that p is never 0.
 *
 * sacreBLEU counts only trials that are more extreme: to it, systems that differ in one segment, or in none, differ with
 * p = 0.0001. Where no trial is equally extreme, the two agree.
 */
function shareAtLeast(trials: Float64Array, seen: number): number {
  return (trials.filter((trial) => trial >= seen).length + 1) / (trials.length + 1);
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
