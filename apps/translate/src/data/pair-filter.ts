import { count } from '@unroll/run';
import type { IdPair } from '../tokenizer.ts';
import type { Pair } from './pairs.ts';

/** A pair with its ids. */
export interface EncodedPair extends IdPair {
  readonly pair: Pair;
}

export interface FilterRule {
  /** Tokens of either side at most. */
  readonly maxPairLength: number;
  /** The longer side has at most this many times the tokens of the shorter, plus ten. */
  readonly maxLengthRatio: number;
}

/** Why a pair was left out. */
type Reason =
  | 'a side is empty'
  | 'a side is too long'
  | 'the sides differ too much in length'
  | 'the sides are equal'
  | 'the sides are swapped';

const SLACK = 10; // tokens: the ratio of short sentences varies widely
const COPY_TOKENS = 3; // a name or a number is its own translation

export interface Filtered {
  readonly kept: readonly EncodedPair[];
  /** One line that says what was left out; undefined when nothing was. */
  readonly report: string | undefined;
}

/**
 * Leaves out pairs that are unfit for training, and reports how many for which reason.
 *
 * @param isSwapped whether the source is in the target's language and the other way round
 */
export function filterPairs(
  pairs: readonly EncodedPair[],
  rule: FilterRule,
  isSwapped: (pair: Pair) => boolean,
): Filtered {
  const rejected = new Map<Reason, { times: number; line: number }>();
  const kept = pairs.filter((pair) => {
    const reason = reasonAgainst(pair, rule, isSwapped);
    if (reason) {
      const before = rejected.get(reason);
      rejected.set(reason, { times: (before?.times ?? 0) + 1, line: before?.line ?? pair.pair.line });
    }
    return reason === undefined;
  });
  if (rejected.size === 0) return { kept, report: undefined };
  const reasons = [...rejected].map(
    ([reason, { times, line }]) => `${count(times)} where ${reason} (first on line ${line})`,
  );
  const report =
    `Left out of ${count(pairs.length)} training pairs: ${reasons.join(', ')}. Kept are pairs of 1 to ` +
    `${rule.maxPairLength} tokens per side (--max-pair-length), neither side over ${rule.maxLengthRatio} times the other ` +
    `plus ${SLACK} (--max-length-ratio), no copies, each side in its own language.`;
  return { kept, report };
}

function reasonAgainst(
  { pair, source, target }: EncodedPair,
  { maxPairLength, maxLengthRatio }: FilterRule,
  isSwapped: (pair: Pair) => boolean,
): Reason | undefined {
  const [short, long] = [Math.min(source.length, target.length), Math.max(source.length, target.length)];
  if (short === 0) return 'a side is empty';
  if (long > maxPairLength) return 'a side is too long';
  if (long > maxLengthRatio * short + SLACK) return 'the sides differ too much in length';
  if (pair.source === pair.target && short > COPY_TOKENS) return 'the sides are equal';
  return isSwapped(pair) ? 'the sides are swapped' : undefined;
}
