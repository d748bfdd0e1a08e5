import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  CheckpointError,
  type Diagnosis,
  diagnose,
  type GradientSnapshot,
  type MetricsRecord,
} from '@unroll/rnn-core';
import {
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
import { COMPARED_TASKS, type Sample } from '../tasks/compared-task.ts';

/** A point of a learning curve. */
export type CurvePoint = {
  readonly step: number;
  readonly seconds: number;
  readonly loss?: number;
  readonly valid?: number;
};

/** Everything a comparison shows of one run, as the report's page is given it. */
export type RunSummary = {
  /** The folder's last part: `char-lm-gru-64-s1`. */
  readonly name: string;
  readonly folder: string;
  readonly task: string;
  readonly cell: string;
  readonly hidden: number;
  readonly seed: number;
  /** How the run stands; a failed one says why. */
  readonly status: 'finished' | 'running' | 'failed';
  readonly failure?: string;
  readonly quality?: number;
  readonly parameters?: number;
  readonly steps: number;
  readonly seconds?: number;
  readonly tokensPerSecond?: number;
  readonly peakMemoryBytes?: number;
  readonly curve: readonly CurvePoint[];
  readonly snapshots: readonly GradientSnapshot[];
  readonly diagnosis?: Diagnosis;
  readonly samples: readonly Sample[];
  readonly command: string;
  readonly backend?: string;
  readonly started: string;
  readonly machine: string;
  /** What tells a memory task's runs apart: over how long. */
  readonly delay?: number;
  /** What makes a memory task's run another than the usual one. */
  readonly variant?: string;
};

/** What is read of `run.json`, whichever application wrote it. */
const recordSchema = z.looseObject({
  app: z.string(),
  command: z.string(),
  config: z.looseObject({
    cell: z.string(),
    hidden: z.number().optional(),
    hiddenSize: z.number().optional(),
    seed: z.number(),
    task: z.string().optional(),
    delay: z.number().optional(),
    recurrentInit: z.string().optional(),
    gain: z.number().optional(),
    gradClip: z.number().optional(),
  }),
  steps: z.int(),
  started: z.string(),
  machine: z.looseObject({ processor: z.string(), cores: z.number(), system: z.string() }),
  model: z.object({ parameters: z.int() }).optional(),
  usage: z.object({ seconds: z.number(), peakMemoryBytes: z.number() }).optional(),
  result: jsonObject.optional(),
});

const samplesSchema: z.ZodType<Sample[]> = z.array(z.object({ title: z.string(), text: z.string() }));

/** What a run has to show, once it was asked: beside its other files. */
export const SAMPLES_FILE = 'samples.json';

const CURVE_POINTS = 200;
const KEPT_SNAPSHOTS = 24;

const number = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

/**
 * Reads the folder of any run, finished or not.
 *
 * @param failure why it failed, when it is known to have
 * @throws CheckpointError when the folder holds no run, or one of a task that is not compared
 */
export function summaryOf(folder: string, failure?: string): RunSummary {
  const file = join(folder, 'run.json');
  if (!existsSync(file))
    throw new CheckpointError(`${folder}: must be the folder of a run, got one without run.json`);
  const record = parseJson(recordSchema, readText(file), file);
  const { config, result, usage, model, machine } = record;
  const name = record.app === 'compare' ? (config.task ?? '') : record.app;
  const task = COMPARED_TASKS.get(name);
  if (!task)
    throw new CheckpointError(
      `${folder}: must be a run of ${[...COMPARED_TASKS.keys()].join(', ')}, got one of ${name}`,
    );

  const metrics = join(folder, 'metrics.jsonl');
  const records = existsSync(metrics) ? readMetrics(metrics) : [];
  const snapshots = existsSync(metrics) ? readGradients(folder) : [];
  const samples = join(folder, SAMPLES_FILE);
  return {
    name: basename(resolve(folder)),
    folder,
    task: name,
    cell: config.cell,
    hidden: config.hiddenSize ?? config.hidden ?? 0,
    seed: config.seed,
    status: result ? 'finished' : failure === undefined ? 'running' : 'failed',
    ...(failure !== undefined && !result && { failure }),
    ...defined('quality', result && task.figure(result)),
    ...defined('parameters', model?.parameters),
    steps: number(result?.['steps']) ?? records.at(-1)?.step ?? 0,
    ...defined('seconds', usage?.seconds),
    ...defined('tokensPerSecond', result && speedOf(result)),
    ...defined('peakMemoryBytes', usage?.peakMemoryBytes),
    curve: curveOf(records, task.validation),
    snapshots: thinned(snapshots, KEPT_SNAPSHOTS),
    ...defined('diagnosis', snapshots.length > 0 ? diagnose(snapshots.slice(-SUMMARISED_SNAPSHOTS)) : undefined),
    samples: existsSync(samples) ? parseJson(samplesSchema, readText(samples), samples) : [],
    command: record.command,
    ...defined('backend', typeof result?.['backend'] === 'string' ? result['backend'] : undefined),
    started: record.started,
    machine: `${machine.processor}, ${machine.cores} cores, ${machine.system}`,
    ...defined('delay', config.delay),
    ...defined('variant', variantOf(config)),
  };
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

/** Characters or tokens a second, whichever the application counts. */
const speedOf = (result: JsonObject): number | undefined =>
  number(result['tokensPerSecond']) ?? number(result['charactersPerSecond']);

/** The losses of a run as means over equal stretches of steps, so that a curve of any length has as many points. */
function curveOf(records: readonly MetricsRecord[], validation: string): CurvePoint[] {
  const last = records.at(-1)?.step ?? 0;
  const stretch = Math.max(1, Math.ceil(last / CURVE_POINTS));
  const points = new Map<number, { step: number; seconds: number; losses: number[]; valid?: number }>();
  for (const record of records) {
    const key = Math.floor((record.step - 1) / stretch);
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
