/** Result of McNemar's test of two classifiers on the same examples. */
export interface McNemar {
  /** Number of examples that only the first, and only the second, classifies correctly. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided exact p-value, in (0, 1]: the probability of counts at least as uneven if both are equally good. */
  readonly p: number;
}

/**
 * McNemar's test of two classifiers. Only examples that one of them alone classifies correctly count; under the null
 * hypothesis each is a fair coin.
 *
 * Source: McNemar 1947, exact binomial form.
 *
 * @param actual [N] classes; `first` and `second` are [N] predicted classes
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

/** Sign test: 2 · P(X ≤ k) for X ~ Binomial(n, ½), at most 1. */
function signTest(k: number, n: number): number {
  let logTerm = -n * Math.LN2; // ln of (n over i) / 2ⁿ
  let tail = 0;
  for (let i = 0; i <= k; i++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}
