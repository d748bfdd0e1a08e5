/**
 * The area under the ROC curve: how likely a positive example scores above a negative one, ties counting half.
 *
 *     AUC = ( Σ ranks of positives − P(P + 1)/2 ) / (P·N)
 *
 * Source: Mann & Whitney 1947; equals sklearn.metrics.roc_auc_score.
 *
 * @returns undefined when all examples are of one kind: there is no pair to compare
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
 * The mean over classes of the area under the curve of that class against the rest; of two classes, the plain area.
 *
 * @param probabilities [N, C]
 * @returns undefined when no class can be told from a rest; classes that do not occur are left out of the mean
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
