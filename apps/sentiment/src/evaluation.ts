import { type ClassificationScore, classification } from '@unroll/metrics';
import { type JsonObject, table } from '@unroll/run';
import type { LabelSet } from './data/label-set.ts';
import type { Trust } from './model/trust.ts';
import { verdicts } from './prediction/judge.ts';
import type { EncodedExamples } from './training/prepared-texts.ts';

/** A classifier and how it did. */
export interface Judged {
  readonly name: string;
  readonly score: ClassificationScore;
}

/** @param probabilities [C] a text */
export function scoreOf(labels: Int32Array, probabilities: readonly Float64Array[]): ClassificationScore {
  const C = probabilities[0]?.length ?? 0;
  return classification(labels, Float64Array.from(probabilities.flatMap((row) => [...row])), C);
}

/**
 * The two sides of a model, each alone; none where the bag of words has no say.
 *
 * @param logits [N · C] of the networks
 */
export function sidesOf(
  { bag, network }: Trust,
  { texts, labels }: EncodedExamples,
  logits: Float32Array,
): readonly Judged[] {
  const judged = (name: string, trust: Trust): Judged => ({
    name,
    score: scoreOf(labels, verdicts(trust, texts, logits)),
  });
  return bag === 0
    ? []
    : [judged('its network alone', { bag: 0, network }), judged('its bag of words alone', { bag, network: 0 })];
}

/** Classifiers side by side, in 80 columns; ECE is the expected calibration error. */
export const comparisonTable = (judged: readonly Judged[]): string =>
  table(
    ['', 'accuracy', 'macro F1', 'Matthews', 'ROC-AUC', 'ECE'],
    judged.map(({ name, score }) => [
      name,
      percent(score.accuracy),
      percent(score.macroF1),
      score.matthews.toFixed(3),
      score.rocAuc === null ? '' : score.rocAuc.toFixed(3),
      score.calibrationError.toFixed(3),
    ]),
  );

/** One classifier class by class, and what it took for what. */
export function classTable({ perClass, confusion }: ClassificationScore, { names }: LabelSet): string {
  return table(
    ['class', 'texts', 'precision', 'recall', 'F1', ...names.map((name) => `→ ${name}`)],
    names.map((name, c) => {
      const { support = 0, precision = 0, recall = 0, f1 = 0 } = perClass[c] ?? {};
      return [name, support, percent(precision), percent(recall), percent(f1), ...(confusion[c] ?? [])];
    }),
  );
}

/** Whether a network that cost so much more is any better, in words. */
export function conclusion(network: Judged, others: readonly Judged[]): string {
  const best = others.reduce((a, b) => (b.score.accuracy > a.score.accuracy ? b : a));
  const difference = 100 * (network.score.accuracy - best.score.accuracy);
  const texts = Math.round(Math.abs(network.score.accuracy - best.score.accuracy) * network.score.examples);
  if (texts === 0) return `The network does not beat the ${best.name}: they are level.`;
  const points = `${Math.abs(difference).toFixed(1)} points (${texts} of ${network.score.examples} texts)`;
  return difference < 0
    ? `The network does NOT beat the ${best.name}: it is ${points} below.`
    : `The network beats the best baseline, ${best.name}, by ${points}.`;
}

/** A score as `--json` prints it. */
export const scoreJson = (score: ClassificationScore, { names }: LabelSet): JsonObject => ({
  ...score,
  perClass: Object.fromEntries(names.map((name, c) => [name, { ...score.perClass[c] }])),
  confusion: score.confusion.map((row) => [...row]),
  labels: [...names],
});

export const percent = (share: number): string => (100 * share).toFixed(2);
