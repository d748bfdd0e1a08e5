/**
 * Area under the ROC curve, in [0, 1], higher is better, 0.5 is chance: the probability that a positive example scores above
 * a negative one, ties counting half.
 *
 *     AUC = ( Σ ranks of positives − P(P + 1)/2 ) / (P·N)
 *
 * Source: Mann & Whitney 1947; equals sklearn.metrics.roc_auc_score.
 *
 * @param positive [N] whether an example is of the positive class
 * @param scores [N] any increasing function of its probability
 * @returns undefined when all examples are of one class
 */
export function rocAuc(positive: readonly boolean[], scores: ArrayLike<number>): number | undefined {
  const order = Array.from(positive.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let positives = 0;
  let ranks = 0;
  for (let first = 0, end = 0; first < order.length; first = end) {
    while (end < order.length && scores[order[end] as number] === scores[order[first] as number]) end++;
    const tied = order.slice(first, end).filter((n) => positive[n]).length;
    positives += tied;
    ranks += tied * ((first + 1 + end) / 2);
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Macro-averaged one-vs-rest area under the ROC curve, in [0, 1]; for two classes the plain area.
 *
 * @param probabilities [N, C]
 * @returns undefined when all examples are of one class; classes that do not occur are left out of the mean
 */
export function macroRocAuc(
  actual: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  C: number,
): number | undefined {
  const examples = Array.from(actual);
  const areas = Array.from({ length: C }, (_, c) =>
    rocAuc(
      examples.map((own) => own === c),
      examples.map((_own, n) => probabilities[n * C + c] as number),
    ),
  ).filter((area) => area !== undefined);
  return areas.length === 0 ? undefined : areas.reduce((a, b) => a + b) / areas.length;
}
