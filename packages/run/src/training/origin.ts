import { basename, isAbsolute } from 'node:path';
import type { ModelFiles, TransferOptions } from '@unroll/rnn-core';
import { count } from '../console/quantity.ts';
import { ModelFolder } from './model-folder.ts';
import { hashedFile } from './run-data.ts';
import type { RunRecord } from './run-record.ts';

/** A trained model whose weights another training starts from. */
export interface Origin extends ModelFiles {
  readonly record: NonNullable<RunRecord['origin']>;
}

/** What an application takes over of an {@link Origin}, and lines that say so. */
export interface Transfer extends TransferOptions {
  readonly notes: readonly string[];
}

/**
 * Opens the folder of `--init-from`.
 *
 * @param say told when there is no best checkpoint, and the last is taken
 * @throws CheckpointError when it holds no model of this application, or a damaged one
 */
export function openOrigin(path: string, app: string, say: (line: string) => void): Origin {
  const folder = ModelFolder.open(path, app);
  const { step, ...files } = folder.files('best', say);
  const { sha256 } = hashedFile(folder.weightsFile());
  return { ...files, record: { run: isAbsolute(path) ? basename(path) : path, step, sha256 } };
}

/** A line such as `vocabulary: 61 of 74 characters kept, 13 new`. @param rows see {@link TransferOptions} */
export function keptRows(name: string, rows: Int32Array, unit: string): string {
  const kept = rows.filter((row) => row >= 0).length;
  return `${name}: ${count(kept)} of ${count(rows.length)} ${unit} kept, ${count(rows.length - kept)} new`;
}
