import { existsSync } from 'node:fs';
import type { Checkpoint, SavedTensors } from '@unroll/rnn-core';
import { type CheckpointFile, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { type ModelFolder, WEIGHT_PREFIX, withPrefix } from './model-folder.ts';

const FILE = 'trainer.safetensors';
const TRAINER_PREFIX = 'trainer.';

/** What the file says of the run besides the checkpoint. */
export type TrainerFacts = {
  /** That the run has taken. */
  readonly seconds: number;
  /** The sha256 of the data. */
  readonly data: string;
};

/** Writes `trainer.safetensors`. @throws FileError */
export function writeTrainer(
  folder: ModelFolder,
  { step, weights, trainer, state }: Checkpoint,
  facts: TrainerFacts,
): void {
  const { app, model, hashes } = folder;
  const tensors = new Map([...prefixed(weights, WEIGHT_PREFIX), ...prefixed(trainer, TRAINER_PREFIX)]);
  writeCheckpoint(folder.file(FILE), { app, model, step, tensors, state: { ...state, ...facts }, hashes });
}

/** Reads `trainer.safetensors`; undefined where there is none. @throws CheckpointError when it is damaged */
export function readTrainer(folder: ModelFolder): CheckpointFile | undefined {
  const file = folder.file(FILE);
  return existsSync(file) ? readCheckpoint(file, folder) : undefined;
}

/** The checkpoint in the file, without {@link TrainerFacts}. */
export function trainerCheckpoint({ step, tensors, state }: CheckpointFile): Checkpoint {
  const { seconds: _, data: __, ...rest } = state;
  return {
    step,
    weights: withPrefix(tensors, WEIGHT_PREFIX),
    trainer: withPrefix(tensors, TRAINER_PREFIX),
    state: rest,
  };
}

const prefixed = (tensors: SavedTensors, prefix: string) =>
  [...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);
