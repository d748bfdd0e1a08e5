import { type JsonObject, significant, table } from '@unroll/run';
import type { ForecastScore } from '../evaluation.ts';

/** A method with its metrics. */
export interface ScoredMethod {
  readonly name: string;
  readonly score: ForecastScore;
}

/** Renders the metrics of methods for people, a line each, and why one is left out. */
export function scoreTable(methods: readonly ScoredMethod[]): string {
  const columns = COLUMNS.filter(([, text]) => methods.some(({ score }) => text(score) !== undefined));
  const printed = table(
    ['method', ...columns.map(([name]) => name)],
    methods.map(({ name, score }) => [name, ...columns.map(([, text]) => text(score) ?? '-')]),
  );
  return [printed, ...leftOut(methods)].join('\n');
}

const COLUMNS: readonly (readonly [name: string, text: (score: ForecastScore) => string | undefined])[] = [
  ['MASE ↓', ({ mase }) => mase?.toFixed(3)],
  ['CRPS ↓', ({ crps }) => significant(crps, 4)],
  ['wQL % ↓', ({ weightedQuantileLoss: loss }) => (loss === undefined ? undefined : percent(loss))],
  ['sMAPE % ↓', ({ smape }) => percent(smape)],
  ['80 % interval holds %', ({ coverage80 }) => percent(coverage80)],
  ['95 % interval holds %', ({ coverage95 }) => percent(coverage95)],
];

/** Why a metric is left out: a line each. */
function leftOut(methods: readonly ScoredMethod[]): string[] {
  const none = (key: 'mase' | 'weightedQuantileLoss') => methods.every(({ score }) => score[key] === undefined);
  return [
    ...(none('mase')
      ? [
          'MASE is left out: it counts in errors of the seasonal naive forecast on the training part, which makes none there: each value equals that of the season before.',
        ]
      : []),
    ...(none('weightedQuantileLoss') ? ['wQL is left out: it is relative to the values, which are all 0.'] : []),
  ];
}

/** The metrics as `--json` prints them, each method's under its name; and why one is left out. */
export function scoreJson(methods: readonly ScoredMethod[]): JsonObject {
  const notes = leftOut(methods);
  return {
    ...Object.fromEntries(methods.map(({ name, score }) => [name, { ...score }])),
    ...(notes.length > 0 && { notes }),
  };
}

const percent = (fraction: number): string => (100 * fraction).toFixed(1);
