import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, CheckpointError } from '@unroll/rnn-core';
import type { Context } from '../cli/context.ts';
import { createFolder, FileError, onFile, readText, temporaryOf, writeAtomically } from '../files/file.ts';
import { type JsonObject, printJson } from '../files/json.ts';
import { checkEmpty } from './empty-folder.ts';
import { METRICS_LOG } from './metrics-log.ts';
import { ModelFolder } from './model-folder.ts';
import { type RunData, recordedData } from './run-data.ts';
import { newRunRecord, type RunRecord, readRunRecord, writeRunRecord } from './run-record.ts';
import { refuseStoredModel } from './stored-model.ts';
import { writeTrainer } from './trainer-file.ts';

/** What makes the folder of a run. */
export interface RunFolderOptions {
  readonly app: string;
  readonly context: Context;
  /** Where a new run goes; by default the next free `runs/<app>-<data>-<n>`. */
  readonly out?: string | undefined;
  /** What is trained on; its name is part of the folder's. */
  readonly data: RunData;
  /** Every setting, resolved, for `run.json`. */
  readonly config: JsonObject;
  /** The class of the model, for `config.json`. */
  readonly architecture: string;
  /** What decides the weights' names and shapes, for `config.json`; a checkpoint must agree with it. */
  readonly model: JsonObject;
  /** What turns text into ids, for `tokenizer.json`; a resumed run must have the same. */
  readonly tokenizer: JsonObject;
  readonly steps: number;
  /** The model whose weights a new run starts from, and the run before its first step. */
  readonly origin?: { readonly record: RunRecord['origin']; readonly initial: Checkpoint } | undefined;
}

/** The folder of a run, made or found. */
export interface OpenedFolder {
  readonly folder: ModelFolder;
  readonly record: RunRecord;
  /** Whether the run has reached its end before. */
  readonly isFinished: boolean;
}

/** Makes the folder of a new run, or takes an empty one. @throws ConfigError when it holds something */
export function newFolder({ app, data, out }: RunFolderOptions): string {
  const path = out ?? nextFreeFolder(`${app}-${data.name}`);
  checkEmpty(path);
  createFolder(path);
  return path;
}

/** @returns the folder @throws CheckpointError when no run of the application can be resumed there */
export function resumableFolder(path: string, app: string): string {
  readRunRecord(path, app);
  refuseStoredModel(ModelFolder.open(path, app));
  return path;
}

/**
 * Fills the folder of a new run, which is locked; `run.json` comes last, so that a folder which has one is whole. Weights of
 * another run are saved before, so that a resume never needs that run.
 */
export function createRun(path: string, options: RunFolderOptions): OpenedFolder {
  const { app, data, architecture, model, tokenizer, config, steps, context, origin } = options;
  checkEmpty(path); // again: another process may have had it before the lock
  const folder = new ModelFolder(path, app, architecture, model);
  const recorded = recordedData(data);
  const { command } = context;
  const record = newRunRecord({ app, command, config, steps, data: recorded, origin: origin?.record });
  writeAtomically(folder.file('config.json'), folder.configText);
  writeAtomically(folder.file('tokenizer.json'), printJson(tokenizer));
  if (origin) writeTrainer(folder, origin.initial, { seconds: 0, data: recorded.sha256 });
  writeRunRecord(path, record);
  return { folder, record, isFinished: false };
}

/** Checks that what is to be trained is what the folder, which is locked, holds. @throws CheckpointError */
export function reopenRun(path: string, options: RunFolderOptions): OpenedFolder {
  const { app, architecture, model, tokenizer, config, steps, data } = options;
  const { result, usage: _, ...record } = readRunRecord(path, app);
  const folder = new ModelFolder(path, app, architecture, model);
  if (readText(folder.file('tokenizer.json')) !== printJson(tokenizer))
    throw new CheckpointError(
      `the training data has another vocabulary than ${path}; resume with the data of the run`,
    );
  if (readText(folder.file('config.json')) !== folder.configText)
    throw new CheckpointError(
      `${folder.file('config.json')}: must be what this configuration and data give, got another; resume with the flags and data of the run`,
    );
  const resumed = { ...record, config, steps, data: recordedData(data) };
  return { folder, record: resumed, isFinished: result !== undefined };
}

/** Removes what a kill has left half written. */
export function sweep(folder: ModelFolder): void {
  for (const name of ['model.safetensors', 'trainer.safetensors', METRICS_LOG, 'run.json'])
    rmSync(temporaryOf(folder.file(name)), { force: true });
}

/** Makes `runs/<name>-1`, or the first number nobody has; claiming it is one operation of the file system. @throws FileError */
export function nextFreeFolder(name: string): string {
  createFolder('runs');
  for (let number = 1; ; number++) {
    const path = join('runs', `${name}-${number}`);
    try {
      onFile(path, 'created', () => mkdirSync(path));
      return path;
    } catch (error) {
      if (!(error instanceof FileError && error.code === 'EEXIST')) throw error;
    }
  }
}
