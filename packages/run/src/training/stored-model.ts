import { existsSync } from 'node:fs';
import {
  CheckpointError,
  decodeSafetensors,
  describedWeights,
  type ModelFiles,
  quantizeRows,
  UnrollError,
} from '@unroll/rnn-core';
import type { Context } from '../cli/context.ts';
import { shellQuoted } from '../cli/shell-quoted.ts';
import { bytes } from '../console/quantity.ts';
import { table } from '../console/table.ts';
import { readBytes } from '../files/file.ts';
import { encodeCheckpoint } from './checkpoint-file.ts';
import { type Export, type ExportOptions, FLOAT_DTYPES, type StorageDtype } from './export.ts';
import { ModelFolder } from './model-folder.ts';
import { checkDataDir } from './read-run-data.ts';
import { RUN_RECORD, readRunRecord } from './run-record.ts';

/** A metric on validation data, by which a model is compared with itself in other storage. */
export interface StorageMetric {
  /** Its key in JSON. */
  readonly key: string;
  /** The column of the table, with its unit and ↑ or ↓. */
  readonly title: string;
  /** The value as the table shows it. */
  readonly show: (value: number) => string;
  /** Its value of each model. @throws UnrollError when the data cannot be read */
  readonly measure: (models: readonly ModelFiles[]) => Promise<readonly number[]>;
}

/** What a model is besides its weights; `run.json` says what it was evaluated on. */
const COPIED = ['config.json', 'tokenizer.json', RUN_RECORD, 'README.md'];

/**
 * A model folder whose weights are stored in another dtype, which every command opens as any other: in 8 bits as
 * `quantizeRows` has it. Prints the size and the metric before and after; where the validation data cannot be read, why.
 *
 * @throws ConfigError when a value does not fit the dtype, or `--data-dir` has no effect
 */
export async function exportModelFolder(
  { dir, checkpoint, out, dtype, dataDir }: ExportOptions,
  app: string,
  metric: StorageMetric,
  context: Context,
): Promise<Export> {
  const folder = ModelFolder.open(dir, app);
  if (dataDir !== undefined) checkDataDir(dir, readRunRecord(dir, app), dataDir); // before the metric, which may be left out
  const original = folder.files(checkpoint, (line) => context.err.write(`${line}\n`));
  const { step, weights } = original;
  const description = { app, model: folder.model, step, state: { storage: dtype }, hashes: folder.hashes };
  const encode = (as: StorageDtype): Uint8Array =>
    as === 'int8'
      ? Buffer.concat(encodeCheckpoint({ ...description, tensors: quantizeRows(weights) }))
      : Buffer.concat(encodeCheckpoint({ ...description, tensors: weights }, { floats: FLOAT_DTYPES[as] }));
  const [before, after] = [encode('f32'), encode(dtype)];
  const read = describedWeights(folder.description(), decodeSafetensors(after, out), { app, where: out });

  const values = await measured(metric, [original, read], context);
  const rows = [
    ['float32', before.length, values?.[0]],
    [`stored as ${dtype}`, after.length, values?.[1]],
  ] as const;
  context.out.write(
    `${table(
      ['weights', 'size', ...(values ? [metric.title] : [])],
      rows.map(([name, size, value]) => [name, bytes(size), ...(value === undefined ? [] : [metric.show(value)])]),
    )}\n\n`,
  );
  const copied = COPIED.filter((name) => existsSync(folder.file(name)));
  return {
    files: {
      ...Object.fromEntries(copied.map((name) => [name, readBytes(folder.file(name))])),
      'model.safetensors': after,
    },
    next: `${context.invocation} evaluate ${shellQuoted(out)}`,
    result: {
      dtype,
      bytes: { before: before.length, after: after.length },
      ...(values && { [metric.key]: { before: values[0], after: values[1] } }),
    },
  };
}

async function measured(
  { title, measure }: StorageMetric,
  models: readonly ModelFiles[],
  { err }: Context,
): Promise<readonly number[] | undefined> {
  try {
    return await measure(models);
  } catch (error) {
    if (!(error instanceof UnrollError)) throw error;
    err.write(`${title} on validation data is unknown; ${error.message}\n`);
    return undefined;
  }
}

/** @throws CheckpointError when a folder holds a stored model, from which no training can go on */
export function refuseStoredModel(folder: ModelFolder): void {
  if (!existsSync(folder.file('model.safetensors')) || existsSync(folder.file('trainer.safetensors'))) return;
  if (folder.weights('best').state['storage'] !== undefined)
    throw new CheckpointError(
      `${folder.path}: must hold a training to resume, got an exported model; resume the run that it was exported from`,
    );
}
