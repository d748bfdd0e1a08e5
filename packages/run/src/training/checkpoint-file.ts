import {
  CheckpointError,
  decodeSafetensors,
  encodeSafetensors,
  type FloatDtype,
  type SavedTensors,
} from '@unroll/rnn-core';
import { z } from 'zod';
import { readBytes, writeAtomically } from '../files/file.ts';
import { type JsonObject, jsonObject, parseJson, sameJson } from '../files/json.ts';

/** The version of what is written below. A reader refuses what is newer than itself. */
export const FORMAT = 1;

/** Which model a checkpoint holds: what must agree before its weights mean anything. */
export interface ModelKind {
  /** The application that trained it. */
  readonly app: string;
  /** Everything that decides the names and shapes of the weights, and what the ids they are indexed by mean. */
  readonly model: JsonObject;
}

/** What a file of a run holds: a whole checkpoint, or the best weights alone. */
export interface CheckpointFile extends ModelKind {
  readonly step: number;
  readonly tensors: SavedTensors;
  /** What is not an array: counters, the position in the data, the best loss. */
  readonly state: JsonObject;
  /** Of the files that the weights depend on, see `descriptionHashes`; stands in the file's metadata. */
  readonly hashes?: Readonly<Record<string, string>>;
}

/** What stands in the file's metadata under `unroll`. */
const headerSchema = z.object({
  format: z.int(),
  app: z.string(),
  model: jsonObject,
  step: z.int().min(0),
  state: jsonObject,
});

/** Writes a checkpoint over the one before, atomically. @throws FileError */
export function writeCheckpoint(path: string, checkpoint: CheckpointFile): void {
  writeAtomically(path, encodeCheckpoint(checkpoint));
}

/**
 * The bytes of a checkpoint in parts.
 *
 * @param options as those of `encodeSafetensors`
 */
export function encodeCheckpoint(
  { app, model, step, tensors, state, hashes }: CheckpointFile,
  options: { readonly floats?: FloatDtype } = {},
): Uint8Array[] {
  const metadata = {
    format: 'pt', // what Python's loaders look for
    unroll: JSON.stringify({ format: FORMAT, app, model, step, state } satisfies z.infer<typeof headerSchema>),
    ...hashes,
  };
  return encodeSafetensors(tensors, metadata, options);
}

/**
 * Reads a checkpoint and checks every byte of it.
 *
 * @param expected what it must hold; without `model`, any model of the application
 * @throws CheckpointError when it is truncated, altered, of a newer format, of another application or model
 * @throws FileError when it cannot be read
 */
export function readCheckpoint(
  path: string,
  expected: { readonly app: string; readonly model?: JsonObject },
): CheckpointFile & { readonly metadata: Readonly<Record<string, string>> } {
  const { tensors, metadata, isSummed } = decodeSafetensors(readBytes(path), path);
  if (metadata['unroll'] === undefined || !isSummed)
    throw new CheckpointError(`${path}: must be a checkpoint of ${expected.app}, got safetensors from elsewhere`);
  const header = parseJson(z.looseObject({ format: z.int() }), metadata['unroll'], path);
  if (header.format > FORMAT)
    throw new CheckpointError(
      `${path}: format must be at most ${FORMAT}, got ${header.format}; it was written by a newer version, update this one`,
    );
  const { app, model, step, state } = parseJson(headerSchema, metadata['unroll'], path);
  if (app !== expected.app)
    throw new CheckpointError(`${path}: must be a checkpoint of ${expected.app}, got one of ${app}`);
  if (expected.model) checkModel(path, expected.model, model);
  return { app, model, step, state, tensors, metadata };
}

/** Names the first property in which a saved model is another than the one wanted. */
function checkModel(path: string, expected: JsonObject, saved: JsonObject): void {
  for (const key of new Set([...Object.keys(expected), ...Object.keys(saved)])) {
    if (!sameJson(expected[key], saved[key]))
      throw new CheckpointError(
        `${path}: must hold a model with ${key} ${JSON.stringify(expected[key])}, got ${JSON.stringify(saved[key])}; it is a checkpoint of another model`,
      );
  }
}
