import {
  descriptionHashes,
  encodeSafetensors,
  type JsonObject,
  modelConfigJson,
  type SavedTensors,
} from '@unroll/rnn-core';
import { strings } from '../strings.ts';
import { MODEL_FILES } from './model-files.ts';

/** The files of a model by name. */
export type ModelBytes = Readonly<Record<string, Uint8Array>>;

const FORMAT = 1; // of a checkpoint's metadata, as `run` writes it

export interface ModelFolderContent {
  readonly app: string;
  /** The class of the model. */
  readonly architecture: string;
  readonly config: JsonObject;
  readonly tokenizer: JsonObject;
  readonly step: number;
  readonly weights: SavedTensors;
  readonly readme: string;
}

/** The files that the programs and the libraries of the applications open: a model folder. */
export function modelFiles({
  app,
  architecture,
  config,
  tokenizer,
  step,
  weights,
  readme,
}: ModelFolderContent): ModelBytes {
  const description = {
    'config.json': json(modelConfigJson(app, architecture, config)),
    'tokenizer.json': json(tokenizer),
  };
  const metadata = {
    format: 'pt',
    unroll: JSON.stringify({ format: FORMAT, app, model: config, step, state: {} }),
    ...descriptionHashes(description),
  };
  return {
    ...description,
    'model.safetensors': joined(encodeSafetensors(weights, metadata)),
    'README.md': new TextEncoder().encode(readme),
  };
}

/** @param folder the name of the one folder in it */
export async function zipped(folder: string, files: ModelBytes): Promise<Uint8Array> {
  const { zipSync } = await import('fflate'); // loaded by those alone who download or drop a zip
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes])));
}

/**
 * The model among files that somebody chose or dropped, or in a zip file among them; undefined when there is none. Names
 * may have folders before them.
 *
 * @throws Error when a zip file is none
 */
export async function findModel(files: readonly File[]): Promise<ModelBytes | undefined> {
  const found: Record<string, Uint8Array> = {};
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const inside = /\.zip$/i.test(file.name) ? await unzipped(file.name, bytes) : { [file.name]: bytes };
    for (const [path, content] of Object.entries(inside)) {
      const name = path.split('/').at(-1) ?? '';
      if ((MODEL_FILES as readonly string[]).includes(name)) found[name] ??= content;
    }
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

async function unzipped(name: string, zip: Uint8Array): Promise<ModelBytes> {
  const { unzipSync } = await import('fflate');
  try {
    return unzipSync(zip);
  } catch {
    throw new Error(strings.run.damagedZip(name));
  }
}

/** All files of a drop, those of a dropped folder included. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<File[]> {
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...files];
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (more.length === 0) break;
    inside.push(...more);
  }
  return (await Promise.all(inside.map(filesIn))).flat();
}

const json = (value: JsonObject): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
