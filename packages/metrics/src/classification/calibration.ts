/**
 * Expected calibration error, in [0, 1], lower is better: examples are put into bins of equal width by the confidence of
 * their prediction, and the gaps between accuracy and mean confidence averaged, weighted by number of examples.
 *
 *     ECE = Σ_b (n_b / N) · | accuracy_b − mean confidence_b |
 *
 * Source: Naeini et al. 2015; Guo et al. 2017 with 15 bins.
 *
 * @param actual [N] classes
 * @param probabilities [N, C]
 */
export function expectedCalibrationError(
  actual: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  C: number,
  bins = 15,
): number {
  const gaps = new Float64Array(bins); // Σ (correct − confidence)
  for (let n = 0; n < actual.length; n++) {
    const predicted = argmax(probabilities, n * C, C);
    const confidence = probabilities[n * C + predicted] as number;
    const bin = Math.max(0, Math.min(bins, Math.ceil(confidence * bins)) - 1); // (lower, upper]
    gaps[bin] = (gaps[bin] as number) + (predicted === actual[n] ? 1 : 0) - confidence;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / actual.length;
}

/** Returns the most probable of the `C` classes whose probabilities start at `from`; the first of equals. */
export function argmax(probabilities: ArrayLike<number>, from: number, C: number): number {
  let best = 0;
  for (let c = 1; c < C; c++)
    if ((probabilities[from + c] as number) > (probabilities[from + best] as number)) best = c;
  return best;
}
