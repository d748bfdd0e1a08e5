import type { SparseRows } from './sparse-rows.ts';

/** What class each feature speaks for: counts of texts, with one added so that nothing is impossible. */
export interface FeatureCounts {
  /** [features · classes] texts of a class that have the feature, plus 1. */
  readonly counts: Float64Array;
  /** [classes] their sums over the features. */
  readonly totals: Float64Array;
  /** [classes] texts of each class. */
  readonly texts: Float64Array;
}

export function countFeatures(
  rows: SparseRows,
  labels: Int32Array,
  { features, classes }: { features: number; classes: number },
): FeatureCounts {
  const counts = new Float64Array(features * classes).fill(1);
  const totals = new Float64Array(classes).fill(features);
  const texts = new Float64Array(classes);
  for (let k = 0; k < rows.count; k++) {
    const label = labels[k] as number;
    const row = rows.row(k);
    for (const feature of row) {
      const at = feature * classes + label;
      counts[at] = (counts[at] as number) + 1;
    }
    totals[label] = (totals[label] as number) + row.length;
    texts[label] = (texts[label] as number) + 1;
  }
  return { counts, totals, texts };
}

/**
 * log P(feature | class) - log P(feature | any other class), [features · classes].
 * Source: Wang & Manning 2012, “Baselines and bigrams”.
 */
export function logRatios({ counts, totals }: FeatureCounts): Float64Array {
  const classes = totals.length;
  const everything = totals.reduce((sum, total) => sum + total, 0);
  const ratios = new Float64Array(counts.length);
  for (let feature = 0; feature < counts.length; feature += classes) {
    let inAll = 0;
    for (let c = 0; c < classes; c++) inAll += counts[feature + c] as number;
    for (let c = 0; c < classes; c++) {
      const [here, total] = [counts[feature + c] as number, totals[c] as number];
      ratios[feature + c] = Math.log(here / total) - Math.log((inAll - here) / (everything - total));
    }
  }
  return ratios;
}

/**
 * Naive Bayes on whether a feature occurs: log P(class) + Σ log P(feature | class), [rows · classes].
 * Source: McCallum & Nigam 1998, the multinomial event model on binary counts.
 */
export function naiveBayesScores({ counts, totals, texts }: FeatureCounts, rows: SparseRows): Float64Array {
  const classes = totals.length;
  const everyText = texts.reduce((sum, count) => sum + count, 0);
  const logs = counts.map((count, at) => Math.log(count / (totals[at % classes] as number)));
  const scores = new Float64Array(rows.count * classes);
  for (let k = 0; k < rows.count; k++) {
    for (let c = 0; c < classes; c++) scores[k * classes + c] = Math.log((texts[c] as number) / everyText);
    for (const feature of rows.row(k))
      for (let c = 0; c < classes; c++)
        scores[k * classes + c] = (scores[k * classes + c] as number) + (logs[feature * classes + c] as number);
  }
  return scores;
}
