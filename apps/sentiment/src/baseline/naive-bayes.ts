import type { SparseRows } from './sparse-rows.ts';

/** Document frequencies of each feature in each class, with add-one smoothing. */
export interface FeatureCounts {
  /** [features · C] texts of a class that have the feature, plus 1. */
  readonly counts: Float64Array;
  /** [C] their sums over the features. */
  readonly totals: Float64Array;
  /** [C] texts of each class. */
  readonly texts: Float64Array;
}

export function countFeatures(
  rows: SparseRows,
  labels: Int32Array,
  { features, numClasses: C }: { features: number; numClasses: number },
): FeatureCounts {
  const counts = new Float64Array(features * C).fill(1);
  const totals = new Float64Array(C).fill(features);
  const texts = new Float64Array(C);
  for (let k = 0; k < rows.count; k++) {
    const label = labels[k] as number;
    const row = rows.row(k);
    for (const feature of row) {
      const at = feature * C + label;
      counts[at] = (counts[at] as number) + 1;
    }
    totals[label] = (totals[label] as number) + row.length;
    texts[label] = (texts[label] as number) + 1;
  }
  return { counts, totals, texts };
}

/**
 * log P(feature | class) - log P(feature | any other class), [features · C].
 * Source: Wang & Manning 2012, “Baselines and bigrams”.
 */
export function logRatios({ counts, totals }: FeatureCounts): Float64Array {
  const C = totals.length;
  const grandTotal = totals.reduce((sum, total) => sum + total, 0);
  const ratios = new Float64Array(counts.length);
  for (let feature = 0; feature < counts.length; feature += C) {
    let count = 0;
    for (let c = 0; c < C; c++) count += counts[feature + c] as number;
    for (let c = 0; c < C; c++) {
      const [here, total] = [counts[feature + c] as number, totals[c] as number];
      ratios[feature + c] = Math.log(here / total) - Math.log((count - here) / (grandTotal - total));
    }
  }
  return ratios;
}

/**
 * Naive Bayes over binary features: log P(class) + Σ log P(feature | class), [rows · C].
 * Source: McCallum & Nigam 1998, the multinomial event model on binary counts.
 */
export function naiveBayesScores({ counts, totals, texts }: FeatureCounts, rows: SparseRows): Float64Array {
  const C = totals.length;
  const textCount = texts.reduce((sum, count) => sum + count, 0);
  const logs = counts.map((count, at) => Math.log(count / (totals[at % C] as number)));
  const scores = new Float64Array(rows.count * C);
  for (let k = 0; k < rows.count; k++) {
    for (let c = 0; c < C; c++) scores[k * C + c] = Math.log((texts[c] as number) / textCount);
    for (const feature of rows.row(k))
      for (let c = 0; c < C; c++)
        scores[k * C + c] = (scores[k * C + c] as number) + (logs[feature * C + c] as number);
  }
  return scores;
}
