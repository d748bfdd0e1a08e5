import type { ClassificationScore } from '@unroll/metrics';
import { count, type JsonObject, table } from '@unroll/run';
import type { LabelSet } from '../data/label-set.ts';
import type { NamedScore } from '../evaluation.ts';

/**
 * A table of classifiers, in 80 columns; ECE is the expected calibration error.
 *
 * @param title which texts, where that is not the name of each row
 */
export const scoreTable = (scores: readonly NamedScore[], title = ''): string =>
  table(
    [title, 'accuracy % ↑', 'macro F1 % ↑', 'Matthews ↑', 'ROC-AUC ↑', 'ECE ↓'],
    scores.map(({ name, score }) => [
      name,
      percent(score.accuracy),
      percent(score.macroF1),
      score.matthews.toFixed(3),
      score.rocAuc === null ? '' : score.rocAuc.toFixed(3),
      score.calibrationError.toFixed(3),
    ]),
  );

const MAX_CLASSES = 12; // whose confusion matrix is shown whole
const MAX_ROWS = 20; //    of the classes, when there are more
const MAX_CONFUSED = 3; // other classes, for each of them

/** A table of one classifier by class, with its confusion matrix: of many classes the largest, and their worst confusions. */
export function classTable(score: ClassificationScore, { names }: LabelSet): string {
  const { perClass, confusion } = score;
  const isWhole = names.length <= MAX_CLASSES;
  const support = (c: number): number => perClass[c]?.support ?? 0;
  const bySize = [...names.keys()].sort((a, b) => support(b) - support(a) || a - b);
  const shown = isWhole ? [...names.keys()] : bySize.slice(0, MAX_ROWS);
  const drawn = table(
    [
      'class',
      'texts',
      'precision % ↑',
      'recall % ↑',
      'F1 % ↑',
      ...(isWhole ? names.map((name) => `→ ${name}`) : ['confused with']),
    ],
    shown.map((c) => {
      const { precision = 0, recall = 0, f1 = 0 } = perClass[c] ?? {};
      const row = confusion[c] ?? [];
      const last = isWhole ? row : [worstConfusions(row, c, names)];
      return [names[c] ?? '', support(c), percent(precision), percent(recall), percent(f1), ...last];
    }),
  );
  const rest = names.length - shown.length;
  return rest > 0 ? `${drawn}\n… and ${count(rest)} classes with fewer texts; --json has them all` : drawn;
}

/** The other classes most often predicted for texts of class c, with how often. */
function worstConfusions(row: readonly number[], c: number, names: readonly string[]): string {
  const others = [...row.keys()].filter((k) => k !== c && (row[k] ?? 0) > 0);
  others.sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
  return others
    .slice(0, MAX_CONFUSED)
    .map((k) => `${names[k]} ${row[k]}`)
    .join(', ');
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
