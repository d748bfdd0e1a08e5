import { existsSync } from 'node:fs';
import { builtFrom, type Checkpoint, type SavedTensors } from '@unroll/rnn-core';
import { z } from 'zod';
import { type CheckpointFile, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import { type ModelFolder, WEIGHT_PREFIX, withPrefix } from './model-folder.ts';

const FILE = 'trainer.safetensors';
const TRAINER_PREFIX = 'trainer.';

const factsSchema = z.object({
  /** That the run has taken. */
  seconds: z.number().min(0),
  /** The sha256 of the data. */
  data: z.string(),
});

/** What the file says of the run besides the checkpoint. */
export type TrainerFacts = Readonly<z.infer<typeof factsSchema>>;

/** The file's content; an older one lacks facts. */
export interface TrainerFile extends CheckpointFile {
  readonly facts: { readonly [Fact in keyof TrainerFacts]?: TrainerFacts[Fact] | undefined };
}

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
export function readTrainer(folder: ModelFolder): TrainerFile | undefined {
  const file = folder.file(FILE);
  if (!existsSync(file)) return undefined;
  const checkpoint = readCheckpoint(file, folder);
  return { ...checkpoint, facts: builtFrom(file, () => factsSchema.partial().parse(checkpoint.state)) };
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
