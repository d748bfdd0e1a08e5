import { type ClassificationScore, classification } from '@unroll/metrics';
import type { EnsembleWeights } from './model/ensemble-weights.ts';
import { ensembleProbabilities } from './prediction/probabilities.ts';
import type { EncodedExamples } from './training/training-data.ts';

/** A classifier's name and its scores on the same texts as others. */
export interface NamedScore {
  readonly name: string;
  readonly score: ClassificationScore;
}

/**
 * Scores predictions of N examples: accuracy, F1, calibration.
 *
 * @param probabilities [C] for each text
 */
export function scoreOf(labels: Int32Array, probabilities: readonly Float64Array[]): ClassificationScore {
  const C = probabilities[0]?.length ?? 0;
  return classification(labels, Float64Array.from(probabilities.flatMap((row) => [...row])), C);
}

/**
 * Scores the networks and the bag of words of a model alone; returns nothing when the bag of words is off.
 *
 * @param logits [N · C] of the networks
 */
export function componentScores(
  { bag, network }: EnsembleWeights,
  { texts, labels }: EncodedExamples,
  logits: Float32Array,
): readonly NamedScore[] {
  const scored = (name: string, weights: EnsembleWeights): NamedScore => ({
    name,
    score: scoreOf(labels, ensembleProbabilities(weights, texts, logits)),
  });
  if (bag === 0) return [];
  return [scored('network alone', { bag: 0, network }), scored('bag of words alone', { bag, network: 0 })];
}
