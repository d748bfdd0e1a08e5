import { leastSquares } from '@unroll/metrics';
import type { RuleRun } from './runs.ts';

/** What {@link fitRule} finds: the coefficients of `src/training/minutes-rule.ts`, and what they lose where they were not fitted. */
export interface FittedRule {
  readonly size: Fit;
  readonly dropout: Fit;
}

/** A setting's best value, as a line against what it depends on. */
export interface Fit {
  /** best = line[0] + line[1]·z */
  readonly line: readonly [number, number];
  /**
   * Of each group of runs: the loss, in nats per byte, of the value that a line fitted on the other groups would choose among
   * those tried, less the lowest one.
   */
  readonly leftOut: readonly { readonly group: string; readonly lost: number }[];
}

/** A setting x, of which the best value is a line in z. */
interface Question {
  readonly x: (run: RuleRun) => number;
  readonly z: (run: RuleRun) => number;
  /** Of the settings that x must be compared at equal values of, and of the budget. */
  readonly group: (run: RuleRun) => string;
  /** The smallest x. */
  readonly least?: number;
}

const data = ({ data, pairs, vocabSize, jointVocab, reads }: RuleRun): string =>
  `${data}, ${pairs} pairs, ${vocabSize}${jointVocab ? ' joint' : ''} subwords, ${Math.round(reads / 1000)}k`;

const QUESTIONS = {
  size: {
    x: ({ hiddenSize }) => Math.log2(hiddenSize),
    z: ({ reads }) => Math.log2(reads / 2 ** 22),
    group: (run) =>
      `${data(run)}, ${run.chosen ? 'the rest as chosen' : `batch ${run.batchTokens}, dropout ${run.dropout}`}`,
  },
  dropout: {
    x: ({ dropout }) => dropout,
    z: ({ read, tokens }) => Math.log2(read / tokens),
    group: (run) => `${data(run)}, ${run.hiddenSize} units, batch ${run.batchTokens}, lr ${run.lr}`,
    least: 0,
  },
} as const satisfies Record<keyof FittedRule, Question>;

/** Fits the rule on runs of equal budgets that differ in one setting. */
export const fitRule = (runs: readonly RuleRun[]): FittedRule => ({
  size: fitLine(runs, QUESTIONS.size),
  dropout: fitLine(runs, QUESTIONS.dropout),
});

type Group = readonly [string, readonly RuleRun[]];

function fitLine(runs: readonly RuleRun[], question: Question): Fit {
  const names = [...new Set(runs.map(question.group))];
  const groups = names
    .map((name): Group => [name, runs.filter((run) => question.group(run) === name)])
    .filter(([, alike]) => new Set(alike.map(question.x)).size > 1);
  const leftOut = groups.map((group) => {
    const [base, slope] = lineThrough(
      groups.filter((other) => other !== group),
      question,
    );
    const [name, alike] = group;
    const best = (run: RuleRun): number => Math.max(question.least ?? -Infinity, base + slope * question.z(run));
    const distance = (run: RuleRun): number => Math.abs(question.x(run) - best(run));
    const chosen = alike.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    return { group: name, lost: chosen.loss - Math.min(...alike.map(({ loss }) => loss)) };
  });
  return { line: lineThrough(groups, question), leftOut };
}

/**
 * Least squares of one parabola for all groups, each with a level c of its own, whose minimum moves along a line in z:
 *
 *     loss = c + k·(x − a − b·z)² = c′ + k·x² − 2ka·x − 2kb·z·x
 *
 * with z the mean over the group, so that what does not depend on x is part of c′.
 */
function lineThrough(groups: readonly Group[], { x, z }: Question): readonly [number, number] {
  const rows: number[][] = [];
  const losses: number[] = [];
  for (const [k, [, alike]] of groups.entries()) {
    const meanZ = alike.reduce((sum, run) => sum + z(run), 0) / alike.length;
    for (const run of alike) {
      rows.push([x(run) ** 2, x(run), meanZ * x(run), ...groups.map((_, j) => (j === k ? 1 : 0))]);
      losses.push(run.loss);
    }
  }
  const [curvature = 0, linear = 0, cross = 0] = leastSquares(rows, losses);
  return [-linear / (2 * curvature), -cross / (2 * curvature)];
}
