import { meanAndSd } from '../mean-and-sd.ts';
import { studentTTails } from './student-t.ts';

/**
 * Welch's t-test: whether two normal samples have different means, whatever their variances. `tTestsAreReady` must have
 * resolved before.
 *
 * Source: Welch 1947; scipy.stats.ttest_ind(equal_var=False).
 *
 * @returns the two-sided p-value; undefined when a sample has fewer than two values. 1 and 0 where neither varies
 */
export function welch(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const [first, second] = [meanAndSd(a), meanAndSd(b)];
  const [firstVariance, secondVariance] = [first.sd ** 2 / a.length, second.sd ** 2 / b.length]; // of the means
  const total = firstVariance + secondVariance;
  const difference = first.mean - second.mean;
  if (total === 0) return difference === 0 ? 1 : 0;
  const freedom = total ** 2 / (firstVariance ** 2 / (a.length - 1) + secondVariance ** 2 / (b.length - 1));
  return studentTTails(difference / Math.sqrt(total), freedom);
}
