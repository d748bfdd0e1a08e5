/** Two classifiers on the same examples. */
export interface McNemar {
  /** Examples that only the first, and only the second, got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** How likely a split at least as uneven is, were both equally good; two-sided and exact. */
  readonly p: number;
}

/**
 * McNemar's test: only examples on which two classifiers differ tell them apart, and were they equally good, each such
 * example would be a fair coin.
 *
 * Source: McNemar 1947, in its exact binomial form.
 */
export function mcnemar(actual: ArrayLike<number>, first: ArrayLike<number>, second: ArrayLike<number>): McNemar {
  let [onlyFirst, onlySecond] = [0, 0];
  for (let n = 0; n < actual.length; n++) {
    const [a, b] = [first[n] === actual[n], second[n] === actual[n]];
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  return { onlyFirst, onlySecond, p: signTest(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond) };
}

/** 2 · P(X ≤ k) for n fair coins, at most 1. */
function signTest(k: number, n: number): number {
  let logTerm = -n * Math.LN2; // ln of (n over i) / 2ⁿ
  let tail = 0;
  for (let i = 0; i <= k; i++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}
