import { type JsonObject, significant, table } from '@unroll/run';
import type { ForecastScore } from '../evaluation.ts';

/** A method with its metrics. */
export interface ScoredMethod {
  readonly name: string;
  readonly score: ForecastScore;
}

/** Renders the metrics of methods for people, a line each. */
export function scoreTable(methods: readonly ScoredMethod[]): string {
  return table(
    ['method', 'MASE ↓', 'CRPS ↓', 'wQL % ↓', 'sMAPE % ↓', '80 % interval holds %', '95 % interval holds %'],
    methods.map(({ name, score }) => [
      name,
      score.mase.toFixed(3),
      significant(score.crps, 4),
      percent(score.weightedQuantileLoss),
      percent(score.smape),
      percent(score.coverage80),
      percent(score.coverage95),
    ]),
  );
}

/** The metrics as `--json` prints them, each method's under its name. */
export const scoreJson = (methods: readonly ScoredMethod[]): JsonObject =>
  Object.fromEntries(methods.map(({ name, score }) => [name, { ...score }]));

const percent = (fraction: number): string => (100 * fraction).toFixed(1);
