import type { ClassificationScore } from '@unroll/metrics';
import { type JsonObject, table } from '@unroll/run';
import type { LabelSet } from '../data/label-set.ts';
import type { NamedScore } from '../evaluation.ts';

/** A table of classifiers, in 80 columns; ECE is the expected calibration error. */
export const scoreTable = (scores: readonly NamedScore[]): string =>
  table(
    ['', 'accuracy % ↑', 'macro F1 % ↑', 'Matthews ↑', 'ROC-AUC ↑', 'ECE ↓'],
    scores.map(({ name, score }) => [
      name,
      percent(score.accuracy),
      percent(score.macroF1),
      score.matthews.toFixed(3),
      score.rocAuc === null ? '' : score.rocAuc.toFixed(3),
      score.calibrationError.toFixed(3),
    ]),
  );

/** A table of one classifier by class, with its confusion matrix. */
export function classTable({ perClass, confusion }: ClassificationScore, { names }: LabelSet): string {
  return table(
    ['class', 'texts', 'precision %', 'recall %', 'F1 %', ...names.map((name) => `→ ${name}`)],
    names.map((name, c) => {
      const { support = 0, precision = 0, recall = 0, f1 = 0 } = perClass[c] ?? {};
      return [name, support, percent(precision), percent(recall), percent(f1), ...(confusion[c] ?? [])];
    }),
  );
}

/** A sentence that says whether the model is better than the best baseline. */
export function conclusion(model: NamedScore, baselines: readonly NamedScore[]): string {
  const best = baselines.reduce((a, b) => (b.score.accuracy > a.score.accuracy ? b : a));
  const difference = model.score.accuracy - best.score.accuracy;
  const { examples } = model.score;
  const texts = Math.round(Math.abs(difference) * examples);
  if (texts === 0) return `The model does not beat the ${best.name}: both have the same accuracy.`;
  const points = `${Math.abs(100 * difference).toFixed(1)} points (${texts} of ${examples} texts)`;
  return difference < 0
    ? `The model does NOT beat the ${best.name}: it is ${points} worse.`
    : `The model beats the best baseline, ${best.name}, by ${points}.`;
}

/** A score as `--json` prints it. */
export const scoreJson = (score: ClassificationScore, { names }: LabelSet): JsonObject => ({
  ...score,
  perClass: Object.fromEntries(names.map((name, c) => [name, { ...score.perClass[c] }])),
  confusion: score.confusion.map((row) => [...row]),
  labels: [...names],
});

export const percent = (fraction: number): string => (100 * fraction).toFixed(2);
