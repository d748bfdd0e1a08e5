import { count } from '@unroll/run';
import type { Pair } from './pairs.ts';

/** A pair as ids, without boundaries. */
export interface EncodedPair {
  readonly pair: Pair;
  readonly source: Int32Array;
  readonly target: Int32Array;
}

export interface FilterRule {
  /** The most tokens either side may have. */
  readonly maxTokens: number;
  /** How many times longer one side may be than the other, ten tokens aside. */
  readonly maxRatio: number;
}

/** Why pairs were left out. */
type Reason =
  | 'a side is empty'
  | 'a side is too long'
  | 'the sides are far apart in length'
  | 'the sides are the same'
  | "each side is in the other's language";

const SLACK = 10; // tokens: between short sentences a ratio says little
const COPY_TOKENS = 3; // a name or a number is its own translation

export interface Filtered {
  readonly kept: readonly EncodedPair[];
  /** What was left out, in one line for people; undefined when nothing was. */
  readonly report: string | undefined;
}

/**
 * Leaves out pairs that teach nothing, and says by which rule and where the first of each kind stands.
 *
 * @param isSwapped whether a pair's sides have changed places
 */
export function filterPairs(
  pairs: readonly EncodedPair[],
  rule: FilterRule,
  isSwapped: (pair: Pair) => boolean,
): Filtered {
  const left = new Map<Reason, { times: number; line: number }>();
  const kept = pairs.filter((pair) => {
    const reason = reasonAgainst(pair, rule, isSwapped);
    if (reason) {
      const before = left.get(reason);
      left.set(reason, { times: (before?.times ?? 0) + 1, line: before?.line ?? pair.pair.line });
    }
    return reason === undefined;
  });
  if (left.size === 0) return { kept, report: undefined };
  const reasons = [...left].map(
    ([reason, { times, line }]) => `${count(times)} where ${reason} (first on line ${line})`,
  );
  const report =
    `left out of ${count(pairs.length)} pairs: ${reasons.join(', ')}; the rule is 1 to ${rule.maxTokens} tokens a side, ` +
    `neither over ${rule.maxRatio} times the other and ${SLACK} more, no copies, each in its own language`;
  return { kept, report };
}

function reasonAgainst(
  { pair, source, target }: EncodedPair,
  { maxTokens, maxRatio }: FilterRule,
  isSwapped: (pair: Pair) => boolean,
): Reason | undefined {
  const [short, long] = [Math.min(source.length, target.length), Math.max(source.length, target.length)];
  if (short === 0) return 'a side is empty';
  if (long > maxTokens) return 'a side is too long';
  if (long > maxRatio * short + SLACK) return 'the sides are far apart in length';
  if (pair.source === pair.target && short > COPY_TOKENS) return 'the sides are the same';
  return isSwapped(pair) ? "each side is in the other's language" : undefined;
}
