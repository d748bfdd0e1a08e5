import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CheckpointError,
  DESCRIPTION_FILES,
  type DescriptionFiles,
  describedWeights,
  descriptionHashes,
  type ModelFiles,
  modelConfigJson,
  type SavedTensors,
} from '@unroll/rnn-core';
import { readBytes, readText } from '../files/file.ts';
import { type JsonObject, jsonObject, parseJson, printJson } from '../files/json.ts';
import { readCheckpoint } from './checkpoint-file.ts';
import { fileIn, runOf } from './found-folder.ts';
import { checkOwner } from './run-record.ts';

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
  readonly architecture: string;
  /** What decides the weights' names and shapes, as `config.json` holds it. */
  readonly model: JsonObject;

  /**
   * @throws CheckpointError when the folder is not there, holds no model, or one of another application
   */
  static open(path: string, app: string): ModelFolder {
    const file = fileIn(path, 'config.json', runOf(app));
    const { model_type: owner, architectures, ...model } = parseJson(jsonObject, readText(file), file);
    if (owner === undefined)
      throw new CheckpointError(
        `${file}: model_type must be ${app}, got none; the file is damaged or of an earlier version`,
      );
    checkOwner(path, owner, app);
    if (!Array.isArray(architectures) || typeof architectures[0] !== 'string')
      throw new CheckpointError(
        `${file}: architectures must name the class of the model, got ${printJson(architectures ?? null).trim()}; the file is damaged`,
      );
    return new ModelFolder(path, app, architectures[0], model);
  }

  /** @param architecture the class of the model */
  constructor(path: string, app: string, architecture: string, model: JsonObject) {
    this.path = path;
    this.app = app;
    this.architecture = architecture;
    this.model = model;
  }

  /** The path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** What `config.json` says, as it is written. */
  get configText(): string {
    return printJson(modelConfigJson(this.app, this.architecture, this.model));
  }

  /** What a checkpoint says in its metadata about `config.json` and `tokenizer.json`. @throws FileError */
  get hashes(): Readonly<Record<string, string>> {
    return descriptionHashes(this.description());
  }

  /**
   * The content of `tokenizer.json`.
   *
   * @throws CheckpointError when it is not what the weights were trained with, or damaged
   */
  tokenizer(): JsonObject {
    const which = (['best', 'last'] as const).find((which) => existsSync(this.#weightsFile(which)));
    if (which) return this.files(which).tokenizer;
    const file = this.file('tokenizer.json');
    return parseJson(jsonObject, readText(file), file);
  }

  /**
   * The files of the model, checked against each other. Where there is no best checkpoint yet, it is the last.
   *
   * @param say told when the last checkpoint is taken for the best
   * @throws CheckpointError when there is no checkpoint yet, a file is damaged, or they do not belong together
   */
  files(which: Which = 'best', say?: (line: string) => void): ModelFiles & { readonly step: number } {
    const { step, tensors, metadata } = this.weights(which, say);
    return {
      ...describedWeights(this.description(), { tensors, metadata }, { app: this.app, where: this.path }),
      step,
    };
  }

  /** @throws CheckpointError when there is none yet, or it is damaged, or not of this model */
  weights(
    which: Which = 'best',
    say?: (line: string) => void,
  ): { step: number; tensors: SavedTensors; state: JsonObject; metadata: Readonly<Record<string, string>> } {
    const file = this.#weightsFile(which);
    if (!existsSync(file)) {
      if (which === 'last' || !existsSync(this.#weightsFile('last')))
        throw new CheckpointError(
          `${this.path}: has no checkpoint yet; let the training run reach its first save, or resume it`,
        );
      const last = this.weights('last');
      say?.(
        `${this.path}: training has not reached its first validation; using the last checkpoint, of step ${last.step}`,
      );
      return last;
    }
    const { step, tensors, state, metadata } = readCheckpoint(file, this);
    return { step, state, metadata, tensors: which === 'best' ? tensors : withPrefix(tensors, WEIGHT_PREFIX) };
  }

  /** The file that {@link files} takes the best weights from. */
  weightsFile(): string {
    const file = this.#weightsFile('best');
    return existsSync(file) ? file : this.#weightsFile('last');
  }

  #weightsFile(which: Which): string {
    return this.file(which === 'best' ? 'model.safetensors' : 'trainer.safetensors');
  }

  /** The bytes of `config.json` and `tokenizer.json`. @throws FileError */
  description(): DescriptionFiles {
    const [config, tokenizer] = DESCRIPTION_FILES.map((name) => readBytes(this.file(name)));
    return { 'config.json': config as Uint8Array, 'tokenizer.json': tokenizer as Uint8Array };
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
