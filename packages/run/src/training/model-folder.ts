import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, type SavedTensors } from '@unroll/rnn-core';
import { onFile, readText } from '../files/file.ts';
import { type JsonObject, jsonObject, parseJson, printJson } from '../files/json.ts';
import { readCheckpoint } from './checkpoint-file.ts';

/** Which weights of a run: those with the lowest validation loss, or of the last checkpoint. */
export type Which = 'best' | 'last';

/** How the trainer's file tells the model's weights from the trainer's own arrays. */
export const WEIGHT_PREFIX = 'model.';

/**
 * A model on disk, as the ecosystem expects one: `config.json` (what decides the weights' shapes), `tokenizer.json`,
 * `model.safetensors`. A training run's folder is one too.
 */
export class ModelFolder {
  readonly path: string;
  readonly app: string;
  /** What decides the weights' names and shapes, as `config.json` holds it. */
  readonly model: JsonObject;

  /**
   * @throws CheckpointError when the folder holds no model, or one of another application
   * @throws FileError when it is not there
   */
  static open(path: string, app: string): ModelFolder {
    onFile(path, 'read', () => statSync(path));
    const file = join(path, 'config.json');
    if (!existsSync(file))
      throw new CheckpointError(`${path}: must be a folder that ${app} train has made, got one without config.json`);
    const { app: owner, ...model } = parseJson(jsonObject, readText(file), file);
    if (owner !== app)
      throw new CheckpointError(`${path}: must be a model of ${app}, got one of ${JSON.stringify(owner)}`);
    return new ModelFolder(path, app, model);
  }

  constructor(path: string, app: string, model: JsonObject) {
    this.path = path;
    this.app = app;
    this.model = model;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** What `config.json` says, as it is written. */
  get configText(): string {
    return printJson({ app: this.app, ...this.model });
  }

  /** The content of `tokenizer.json`. */
  tokenizer(): JsonObject {
    const file = this.file('tokenizer.json');
    return parseJson(jsonObject, readText(file), file);
  }

  /** @throws CheckpointError when there is none yet, or it is damaged, or not of this model */
  weights(which: Which = 'best'): { step: number; tensors: SavedTensors; state: JsonObject } {
    const file = this.file(which === 'best' ? 'model.safetensors' : 'trainer.safetensors');
    if (!existsSync(file))
      throw new CheckpointError(
        `${this.path}: has no ${which} checkpoint yet; let the training run reach its first save`,
      );
    const { step, tensors, state } = readCheckpoint(file, this);
    return { step, state, tensors: which === 'best' ? tensors : withPrefix(tensors, WEIGHT_PREFIX) };
  }
}

/** Those tensors whose names begin with `prefix`, without it. */
export function withPrefix(tensors: SavedTensors, prefix: string): SavedTensors {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
