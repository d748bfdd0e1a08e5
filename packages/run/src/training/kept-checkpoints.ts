import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { averageWeights, CheckpointError, type SavedTensors } from '@unroll/rnn-core';
import { createFolder } from '../files/file.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.ts';
import type { ModelFolder } from './model-folder.ts';

interface Kept {
  readonly step: number;
  readonly loss: number;
}

/** What first is kept: the lowest validation loss, or the latest step. */
const ORDERS = {
  best: (a: Kept, b: Kept): number => a.loss - b.loss || a.step - b.step,
  last: (a: Kept, b: Kept): number => b.step - a.step,
};

/** Which checkpoints, and how many. */
export interface KeptOptions {
  readonly count: number;
  readonly of: keyof typeof ORDERS;
}

/** The weights to be averaged at the end of a training: files `checkpoints/step-<n>.safetensors` in its folder. */
export class KeptCheckpoints {
  readonly #folder: ModelFolder;
  readonly #path: string;
  readonly #options: KeptOptions;
  #kept: Kept[] = [];

  /**
   * Finds what was kept before. Nothing on disk changes until {@link keep}.
   *
   * @param step the last step of which a whole checkpoint was saved: what is later will be reached again
   */
  constructor(folder: ModelFolder, options: KeptOptions, step: number) {
    this.#folder = folder;
    this.#options = options;
    this.#path = folder.file('checkpoints');
    const files = existsSync(this.#path) ? readdirSync(this.#path) : [];
    for (const name of files) {
      const found = /^step-(\d+)\.safetensors$/.exec(name);
      if (!found || Number(found[1]) > step) continue;
      const { state, ...checkpoint } = readCheckpoint(join(this.#path, name), folder);
      this.#kept.push({ step: checkpoint.step, loss: Number(state['loss']) });
    }
    this.#kept = this.#first(this.#kept);
  }

  #first(kept: readonly Kept[]): Kept[] {
    const { count, of } = this.#options;
    return kept.toSorted(ORDERS[of]).slice(0, count);
  }

  /** Their steps, in order. */
  get steps(): number[] {
    return this.#kept.map(({ step }) => step).sort((a, b) => a - b);
  }

  /** Keeps the weights of a validation if they are among the first, and deletes those that are not any more. */
  keep(step: number, loss: number, weights: SavedTensors): void {
    this.#kept = this.#first([...this.#kept.filter((one) => one.step !== step), { step, loss }]);
    createFolder(this.#path);
    if (this.#kept.some((one) => one.step === step)) {
      const { app, model, hashes } = this.#folder;
      writeCheckpoint(this.#fileOf(step), { app, model, step, tensors: weights, state: { loss }, hashes });
    }
    const names = new Set(this.#kept.map((one) => nameOf(one.step)));
    for (const name of readdirSync(this.#path)) if (!names.has(name)) rmSync(join(this.#path, name), { force: true });
  }

  /** Forgets all, since their losses are of other data. */
  clear(): void {
    this.#kept = [];
  }

  /** The mean of the weights that are kept. @throws CheckpointError when a file is damaged or gone */
  average(): SavedTensors {
    return averageWeights(
      this.steps.map((step) => {
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

const nameOf = (step: number): string => `step-${step}.safetensors`;
