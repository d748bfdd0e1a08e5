import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialCheckpoint, type TrainingTask } from '@unroll/rnn-core';
import { FileError, onFile } from '../files/file.ts';
import { type ModelKind, writeCheckpoint } from './checkpoint-file.ts';

/**
 * Saves what a validation saves, the checkpoint and the best weights, in a temporary folder that is deleted at once: to see how long
 * that takes. Where the folder cannot be written, nothing is saved.
 */
export function trialSave(task: TrainingTask, { app, model }: ModelKind): void {
  const { step, weights, trainer } = initialCheckpoint(task);
  try {
    const folder = onFile(tmpdir(), 'written', () => mkdtempSync(join(tmpdir(), 'unroll-trial-')));
    try {
      for (const [name, tensors] of Object.entries({ weights, trainer, best: weights }))
        writeCheckpoint(join(folder, name), { app, model, step, tensors, state: {} });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
}
