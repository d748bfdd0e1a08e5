import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { averageWeights, builtFrom, CheckpointError, type SavedTensors } from '@unroll/rnn-core';
import { z } from 'zod';
import { createFolder } from '../files/file.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import type { ModelFolder } from './model-folder.ts';

interface Kept {
  readonly step: number;
  readonly loss: number;
}

/**
 * The weights to be averaged at the end of a training, those with the lowest validation losses and the last ones: files
 * `checkpoints/step-<n>.safetensors` in its folder.
 */
export class KeptCheckpoints {
  readonly #folder: ModelFolder;
  readonly #path: string;
  readonly #count: number;
  #kept: Kept[] = [];

  /**
   * Finds what was kept before. Nothing on disk changes until {@link keep}.
   *
   * @param count how many of the best are kept, and how many of the last
   * @param step the last step of which a whole checkpoint was saved: what is later will be reached again
   */
  constructor(folder: ModelFolder, count: number, step: number) {
    this.#folder = folder;
    this.#count = count;
    this.#path = folder.file('checkpoints');
    const files = existsSync(this.#path) ? readdirSync(this.#path) : [];
    for (const name of files) {
      const found = /^step-(\d+)\.safetensors$/.exec(name);
      if (!found || Number(found[1]) > step) continue;
      const file = join(this.#path, name);
      const checkpoint = readCheckpoint(file, folder);
      const { loss } = builtFrom(file, () => stateSchema.parse(checkpoint.state));
      this.#kept.push({ step: checkpoint.step, loss });
    }
  }

  /** The steps of those with the lowest validation losses, in order. */
  get best(): number[] {
    return this.#first((a, b) => a.loss - b.loss || a.step - b.step);
  }

  /** The steps of the last, in order. */
  get last(): number[] {
    return this.#first((a, b) => b.step - a.step);
  }

  #first(order: (a: Kept, b: Kept) => number): number[] {
    const first = this.#kept.toSorted(order).slice(0, this.#count);
    return first.map(({ step }) => step).sort((a, b) => a - b);
  }

  /** Keeps the weights of a validation, which are the last, and deletes those that are neither of the last nor of the best now. */
  keep(step: number, loss: number, weights: SavedTensors): void {
    this.#kept = [...this.#kept.filter((one) => one.step !== step), { step, loss }];
    const kept = new Set([...this.best, ...this.last]);
    this.#kept = this.#kept.filter((one) => kept.has(one.step));
    createFolder(this.#path);
    const { app, model, hashes } = this.#folder;
    writeCheckpoint(this.#fileOf(step), { app, model, step, tensors: weights, state: { loss }, hashes });
    const names = new Set(this.#kept.map((one) => nameOf(one.step)));
    for (const name of readdirSync(this.#path)) if (!names.has(name)) rmSync(join(this.#path, name), { force: true });
  }

  /** Forgets all, since their losses are of other data. */
  clear(): void {
    this.#kept = [];
  }

  /** The mean of the weights of some steps. @throws CheckpointError when a file is damaged or gone */
  average(steps: readonly number[]): SavedTensors {
    return averageWeights(
      steps.map((step) => {
        const file = this.#fileOf(step);
        if (!existsSync(file)) throw new CheckpointError(`${file}: must be there to be averaged, got no such file`);
        return readCheckpoint(file, this.#folder).tensors;
      }),
    );
  }

  #fileOf(step: number): string {
    return join(this.#path, nameOf(step));
  }
}

const stateSchema = z.object({ loss: z.number() });
const nameOf = (step: number): string => `step-${step}.safetensors`;
