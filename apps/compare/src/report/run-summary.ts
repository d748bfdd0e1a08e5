import type { Diagnosis, GradientSnapshot, JsonObject } from '@unroll/rnn-core';
import type { Sample } from '../tasks/compared-task.ts';
import type { Metric, Quantity } from '../tasks/metric.ts';

/** A point of a learning curve. */
export type CurvePoint = {
  readonly step: number;
  readonly seconds: number;
  readonly loss?: number;
  readonly valid?: number;
};

/** Everything a comparison shows of one run, as the report's page is given it. */
export type RunSummary = {
  /** The folder's name: `char-lm-gru-64-s1`. */
  readonly name: string;
  readonly folder: string;
  readonly task: string;
  readonly cell: string;
  readonly hiddenSize: number;
  readonly seed: number;
  /** How the run stands; a failed one says why. */
  readonly status: 'finished' | 'running' | 'failed';
  readonly failure?: string;
  readonly metric: Metric;
  /** What the learning curve shows. */
  readonly curveOf: Quantity;
  readonly score?: number;
  readonly parameters?: number;
  readonly steps: number;
  readonly seconds?: number;
  readonly tokensPerSecond?: number;
  readonly peakMemoryBytes?: number;
  readonly curve: readonly CurvePoint[];
  readonly snapshots: readonly GradientSnapshot[];
  readonly diagnosis?: Diagnosis;
  readonly samples: readonly Sample[];
  readonly command?: string;
  readonly backend?: string;
  readonly started?: string;
  readonly machine?: string;
  /** The delay of a memory task. */
  readonly delay?: number;
  /** The name of its variant in the matrix; or what makes a memory task's run another than the usual one. */
  readonly variant?: string;
  /** Every setting but the seed and those without influence on the result; of a run that failed before it had any, undefined. */
  readonly settings?: JsonObject;
  /** The sha256 of the data it was trained and evaluated on, where it is recorded. */
  readonly dataHash?: string;
};
