import { join, resolve } from 'node:path';
import { CheckpointError, ConfigError, DataError } from '@unroll/rnn-core';
import type { z } from 'zod';
import { flagName } from '../cli/flag.ts';
import { FileError } from '../files/file.ts';
import { isOfData } from './not-resumed.ts';
import type { DataFile } from './run-data.ts';
import { RUN_RECORD, type RunRecord, readRunRecord, recordedSettings } from './run-record.ts';

/** Of {@link readRunData}. */
export interface RunDataOptions<T, D> {
  /** The run's folder. */
  readonly dir: string;
  readonly app: string;
  /** The flags that say what data a run of the application has. */
  readonly schema: z.ZodType<T>;
  /** The files that the data is read from. @throws FileError */
  readonly filesOf: (settings: T) => readonly DataFile[];
  /** Reads it. @throws DataError or ConfigError when the settings do not fit the files */
  readonly read: (settings: T) => D | Promise<D>;
  /** `--data-dir` of this call; by default that of the run. */
  readonly dataDir?: string | undefined;
  /** What else can be done where a file is gone or has changed; by default to evaluate on another text. */
  readonly otherwise?: string;
}

/**
 * Reads the data of a run again, with the settings that `run.json` recorded.
 *
 * @throws ConfigError when `--data-dir` is given for a run that has no named data set
 * @throws CheckpointError when `run.json` names no data, or its settings do not fit the data
 * @throws DataError when a file is no longer there, or has changed since: its held-out part may hold what was trained on
 */
export async function readRunData<T extends { readonly dataDir?: string | undefined }, D>({
  dir,
  app,
  schema,
  filesOf,
  read,
  dataDir,
  otherwise = 'evaluate on another text with evaluate --data FILE',
}: RunDataOptions<T, D>): Promise<D> {
  const record = readRunRecord(dir, app);
  const settings = recordedSettings(schema, dir, record);
  checkDataDir(dir, record, dataDir);
  let files: readonly DataFile[];
  try {
    files = filesOf(settings);
  } catch (error) {
    throw gone(error, record, dir, `put it back, or ${otherwise}`);
  }
  if (files.length === 0)
    throw new CheckpointError(
      `${join(dir, RUN_RECORD)}: config must name the data of the run, got none; the file is damaged; restore it, or ${otherwise}`,
    );
  const { data } = record;
  const changed = files.find(({ sha256 }, k) => data !== undefined && data.files[k]?.sha256 !== sha256);
  if (changed)
    throw new DataError(
      `${changed.name} has changed since ${dir} was trained, so its held-out part may contain training text; restore it, or ${otherwise}`,
    );
  try {
    return await read({ ...settings, dataDir: dataDir ?? settings.dataDir });
  } catch (error) {
    if (!isOfData(error)) throw error;
    throw new CheckpointError(
      `${join(dir, RUN_RECORD)}: config must fit the data of the run, got: ${error.message}; restore the file, or ${otherwise}`,
      { cause: error },
    );
  }
}

/** @throws ConfigError when `--data-dir` is given for a run that has no named data set */
export function checkDataDir(dir: string, { config }: RunRecord, dataDir: string | undefined): void {
  if (dataDir !== undefined && typeof config['dataset'] !== 'string')
    throw new ConfigError(
      `--data-dir has no effect on ${dir}, which was trained on files of its own and no named data set; leave it out`,
    );
}

/**
 * What to say of a file that a run was trained on and that is no longer there: where it was looked for, and the remedy.
 *
 * @param error any; one that is not of such a file is returned as it is
 * @param remedy by default to name the file with the flag that named it
 */
export function gone(error: unknown, { config }: Pick<RunRecord, 'config'>, dir: string, remedy?: string): unknown {
  if (!(error instanceof FileError && error.code === 'ENOENT')) return error;
  const { path } = error;
  const key = Object.keys(config).find((key) => config[key] === path);
  if (key === undefined) return error;
  return new DataError(
    `${path}, which ${dir} was trained with, was not found (looked for ${resolve(path)}); ${remedy ?? `say where it is with ${flagName(key)} FILE`}`,
  );
}
