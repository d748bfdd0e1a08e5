/** Replaces scores by their softmax, and returns the log of the sum of their exponentials. */
export function softmaxInPlace(scores: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const score of scores) max = Math.max(max, score);
  let sum = 0;
  for (let c = 0; c < scores.length; c++) sum += scores[c] = Math.exp((scores[c] as number) - max);
  for (let c = 0; c < scores.length; c++) scores[c] = (scores[c] as number) / sum;
  return max + Math.log(sum);
}
