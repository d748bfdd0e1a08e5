import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CheckpointError, diagnose, type MetricsRecord } from '@unroll/rnn-core';
import {
  fileIn,
  isJsonObject,
  type Json,
  type JsonObject,
  jsonObject,
  parseJson,
  readGradients,
  readMetrics,
  readText,
  SUMMARISED_SNAPSHOTS,
} from '@unroll/run';
import { z } from 'zod';
import type { Entry, Matrix } from '../matrix/matrix.ts';
import { SOLVED } from '../memory/solved.ts';
import { COMPARED_TASKS, type ComparedTask, type Sample, taskOf } from '../tasks/compared-task.ts';
import type { Metric, Quantity } from '../tasks/metric.ts';
import type { CurvePoint, RunSummary } from './run-summary.ts';

/** What is read of `run.json`, whichever application wrote it. */
const recordSchema = z.looseObject({
  app: z.string(),
  command: z.string(),
  config: jsonObject.and(
    z.looseObject({
      cell: z.string(),
      hiddenSize: z.number(),
      seed: z.number(),
      delay: z.number().optional(),
      recurrentInit: z.string().optional(),
      gain: z.number().optional(),
      gradClip: z.number().optional(),
    }),
  ),
  steps: z.int(),
  started: z.string(),
  machine: z.looseObject({ processor: z.string(), cores: z.number(), system: z.string() }),
  model: z.object({ parameters: z.int() }).optional(),
  data: z.looseObject({ sha256: z.string() }).optional(),
  usage: z.object({ seconds: z.number(), peakMemoryBytes: z.number() }).optional(),
  result: jsonObject.optional(),
});

const samplesSchema: z.ZodType<Sample[]> = z.array(
  z.object({ title: z.string(), text: z.string(), isWrong: z.boolean().optional() }),
);

/** What a trained model generated, predicted or translated, beside the run's other files. */
export const SAMPLES_FILE = 'samples.json';

const CURVE_POINTS = 200;
const KEPT_SNAPSHOTS = 24;

/** Settings in which runs may differ that are seeds of one experiment. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['seed', 'out', 'resume', 'json', 'dataDir']);

const number = (value: Json | undefined): number | undefined => (Number.isFinite(value) ? Number(value) : undefined);

export interface ReadRunOptions {
  /** Why the run failed, when it is known to have. */
  readonly failure?: string | undefined;
  /** What is the run's score: the task's own, or the lowest validation loss; default: task. */
  readonly score?: Matrix['score'];
  /** Whether the steps follow from a budget in minutes: then runs that differ in them alone are alike. */
  readonly isTimed?: boolean;
}

/**
 * Reads the folder of any run, finished or not.
 *
 * @throws CheckpointError when the folder holds no run, or one of a task that is not compared
 */
export function readRun(
  folder: string,
  { failure, score: kind = 'task', isTimed = false }: ReadRunOptions = {},
): RunSummary {
  const file = fileIn(folder, 'run.json', { what: 'a run', writtenBy: 'the train of an application' });
  const record = parseJson(recordSchema, readText(file), file);
  const { config, result, usage, model, machine, data } = record;
  const task = taskOf(record);
  if (!task)
    throw new CheckpointError(
      `${folder}: must be a run of ${[...COMPARED_TASKS.keys()].join(', ')}, got one of ${record.app}`,
    );

  const metrics = join(folder, 'metrics.jsonl');
  const records = existsSync(metrics) ? readMetrics(metrics) : [];
  const snapshots = existsSync(metrics) ? readGradients(folder) : [];
  const samples = join(folder, SAMPLES_FILE);
  const { metric, score } = scoreOf(task, kind, result ?? {});
  const isSolved = task.metric.name === 'accuracy' && (task.score(result ?? {}).score ?? 0) >= SOLVED;
  return {
    name: basename(resolve(folder)),
    folder,
    task: task.name,
    cell: config.cell,
    hiddenSize: config.hiddenSize,
    seed: config.seed,
    status: result ? 'finished' : failure === undefined ? 'running' : 'failed',
    ...(failure !== undefined && !result && { failure }),
    metric,
    curveOf: shownCurve(task),
    ...defined('score', score),
    ...defined('parameters', model?.parameters),
    steps: number(result?.['steps']) ?? records.at(-1)?.step ?? 0,
    ...defined('seconds', usage?.seconds),
    ...defined('tokensPerSecond', result && speedOf(result)),
    ...defined('peakMemoryBytes', usage?.peakMemoryBytes),
    curve: curveOf(records, task.curve.key),
    snapshots: thinned(snapshots, KEPT_SNAPSHOTS),
    ...defined(
      'diagnosis',
      snapshots.length > 0 ? diagnose(snapshots.slice(-SUMMARISED_SNAPSHOTS), { isSolved }) : undefined,
    ),
    samples: existsSync(samples) ? parseJson(samplesSchema, readText(samples), samples) : [],
    command: record.command,
    ...defined('backend', typeof result?.['backend'] === 'string' ? result['backend'] : undefined),
    started: record.started,
    machine: `${machine.processor}, ${machine.cores} cores, ${machine.system}`,
    ...defined('delay', config.delay),
    ...defined('variant', variantOf(config)),
    settings: comparedSettings(config, isTimed || record.command.includes(' --minutes ')),
    ...defined('dataHash', data?.sha256),
  };
}

const VALIDATION_LOSS = { split: 'validation', isHigherBetter: false, digits: 4 } as const;

function scoreOf(
  task: ComparedTask,
  kind: Matrix['score'],
  result: JsonObject,
): { metric: Metric; score: number | undefined } {
  if (kind === 'validation-loss')
    return { metric: { name: task.loss ?? 'loss in nats', ...VALIDATION_LOSS }, score: number(result['bestLoss']) };
  const { split, score } = task.score(result);
  return { metric: { ...task.metric, split }, score };
}

const shownCurve = ({ curve: { name, unit, digits } }: ComparedTask): Quantity => ({
  name,
  ...(unit && { unit }),
  digits,
});

/** A run that failed before it had a folder. */
export const failedRun = (
  folder: string,
  failure: string,
  entry: Failed,
  score: Matrix['score'] = 'task',
): RunSummary => {
  const task = COMPARED_TASKS.get(entry.task) as ComparedTask;
  return {
    name: basename(resolve(folder)),
    folder,
    ...entry,
    status: 'failed',
    failure,
    metric: scoreOf(task, score, {}).metric,
    curveOf: shownCurve(task),
    steps: 0,
    curve: [],
    snapshots: [],
    samples: [],
  };
};

/** What is known of a run without a folder. */
export type Failed = Pick<Entry, 'cell' | 'hiddenSize' | 'seed' | 'delay' | 'variant'> & { readonly task: string };

function comparedSettings(config: JsonObject, isTimed: boolean): JsonObject {
  const entries = Object.entries(config).filter(
    ([key, value]) =>
      value !== undefined && !NOT_COMPARED.has(key) && !(isTimed && (key === 'steps' || key === 'plan')),
  );
  return Object.fromEntries(entries);
}

/** `{ [key]: value }`, or nothing where there is none: the page's data has no undefined. */
function defined<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V });
}

/** Named only where a memory task was made to explode. */
const variantOf = ({ recurrentInit, gain, gradClip }: z.output<typeof recordSchema>['config']): string | undefined =>
  recurrentInit === 'orthogonal'
    ? `orthogonal × ${gain}, ${gradClip === 0 ? 'not clipped' : `clipped at ${gradClip}`}`
    : undefined;

/** Characters, tokens, windows or examples per second, whichever the application counts. */
const speedOf = (result: JsonObject): number | undefined =>
  number(Object.entries(result).find(([key]) => key.endsWith('PerSecond'))?.[1]);

/** The losses of a run as means over equal segments of its steps, so that a curve of any length has as many points. */
function curveOf(records: readonly MetricsRecord[], validation: string): CurvePoint[] {
  const last = records.at(-1)?.step ?? 0;
  const segment = Math.max(1, Math.ceil(last / CURVE_POINTS));
  const points = new Map<number, { step: number; seconds: number; losses: number[]; valid?: number }>();
  for (const record of records) {
    const key = Math.floor((record.step - 1) / segment);
    const point = points.get(key) ?? { step: 0, seconds: 0, losses: [] };
    points.set(key, point);
    point.step = record.step;
    point.seconds = number(record['seconds']) ?? 0;
    const [loss, valid] = [number(record['loss']), number(record[validation])];
    if (loss !== undefined) point.losses.push(loss);
    if (valid !== undefined) point.valid = valid;
  }
  return [...points.values()].map(({ step, seconds, losses, valid }) => ({
    step,
    seconds,
    ...defined('loss', losses.length > 0 ? losses.reduce((a, b) => a + b, 0) / losses.length : undefined),
    ...defined('valid', valid),
  }));
}

/** At most `count` of a list, evenly, the last among them. */
function thinned<T>(list: readonly T[], count: number): T[] {
  const stride = Math.ceil(list.length / count);
  return list.filter((_, k) => (list.length - 1 - k) % stride === 0);
}

/** Whether a folder holds a run that came to its end. */
export function isFinished(folder: string): boolean {
  const file = join(folder, 'run.json');
  return existsSync(file) && isJsonObject(parseJson(recordSchema, readText(file), file).result);
}
