import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { builtFrom, CheckpointError } from '@unroll/rnn-core';
import { z } from 'zod';
import { readText, writeAtomically } from '../files/file.ts';
import { jsonObject, parseJson, printJson } from '../files/json.ts';
import { packageVersion } from '../version.ts';
import { FORMAT } from './checkpoint-file.ts';
import { fileIn, folderInstead, runOf } from './found-folder.ts';
import { gitCommit } from './git-commit.ts';
import { recordedDataSchema } from './run-data.ts';

/** Where the initial weights of a run are from: `origin` in `run.json`. */
const originSchema = z.object({
  /** The folder as it was given, or its name where that was an absolute path. */
  run: z.string(),
  step: z.int(),
  /** Of the file of weights. */
  sha256: z.string(),
});

/** `run.json`: everything needed to do a run again, and to know what was done. */
const runRecordSchema = z.object({
  format: z.int(),
  app: z.string(),
  /** The command line, as a person can type it. */
  command: z.string(),
  /** Every setting, resolved: defaults, preset, flags. A budget in minutes stands here as the steps it came to. */
  config: jsonObject,
  steps: z.int(),
  /** What is trained on and evaluated with; its `sha256` is that of all files together. Older runs lack it. */
  data: recordedDataSchema.optional(),
  /** The model whose weights it started from. */
  origin: originSchema.optional(),
  /** When, in ISO 8601. */
  started: z.string(),
  machine: jsonObject,
  versions: jsonObject,
  /** The commit of the repository that it was started in. */
  gitCommit: z.string().optional(),
  model: z.object({ parameters: z.int() }).optional(),
  /** What the finished run took: from its first step to its end, and the most memory the process had. */
  usage: z.object({ seconds: z.number(), peakMemoryBytes: z.number() }).optional(),
  /** What the finished run reported. */
  result: jsonObject.optional(),
});

/** The content of `run.json`: everything needed to do a run again, and to know what was done. */
export type RunRecord = z.infer<typeof runRecordSchema>;

/** The name of the file that describes a run. */
export const RUN_RECORD = 'run.json';

/** The record of a run that begins now, on this machine, with this version and git commit. */
export function newRunRecord(
  run: Pick<RunRecord, 'app' | 'command' | 'config' | 'steps' | 'data' | 'origin'>,
): RunRecord {
  return {
    format: FORMAT,
    ...run,
    started: new Date().toISOString(),
    machine: {
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      system: `${platform()}-${arch()}`,
    },
    versions: { unroll: packageVersion(), node: process.versions.node, v8: process.versions.v8 },
    gitCommit: gitCommit('.'),
  };
}

/** Writes `run.json` into a run folder, whole or not at all. */
export function writeRunRecord(folder: string, record: RunRecord): void {
  writeAtomically(join(folder, RUN_RECORD), printJson(record));
}

/** @throws CheckpointError when the folder holds no run, or one of another application or a newer version */
export function readRunRecord(folder: string, app: string): RunRecord {
  const file = fileIn(folder, RUN_RECORD, runOf(app));
  const text = readText(file);
  const { format } = parseJson(z.looseObject({ format: z.int() }), text, file);
  if (format > FORMAT)
    throw new CheckpointError(`${file}: format must be at most ${FORMAT}, got ${format}; update this version`);
  const record = parseJson(runRecordSchema, text, file);
  checkOwner(folder, record.app, app);
  return record;
}

/** Those settings of a run that a schema knows. @throws CheckpointError naming `run.json` and the setting */
export function recordedSettings<T>(schema: z.ZodType<T>, folder: string, { config }: RunRecord): T {
  return builtFrom(`${join(folder, RUN_RECORD)}: config`, () => schema.parse(config));
}

/** @throws CheckpointError when the run is of another application */
export function checkOwner(folder: string, owner: unknown, app: string): void {
  if (owner !== app)
    throw new CheckpointError(
      `${folder}: is a run of ${String(owner)}, not of ${app}; ${folderInstead(folder, RUN_RECORD, runOf(app))}`,
    );
}
