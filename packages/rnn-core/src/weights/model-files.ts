import { CheckpointError } from '../errors.ts';
import { host } from '../host.ts';
import type { JsonObject } from '../training/json.ts';
import { dequantizeRows } from './int8-rows.ts';
import { type ModelSource, readModelFiles } from './model-source.ts';
import { decodeSafetensors, type SavedTensors } from './safetensors.ts';
import { sha256 } from './sha256.ts';

/** The files that weights depend on: what decides their shapes, and what the ids that index them mean. */
export const DESCRIPTION_FILES = ['config.json', 'tokenizer.json'] as const;
/** The bytes of the files that describe a model, by name. */
export type DescriptionFiles = Readonly<Record<(typeof DESCRIPTION_FILES)[number], Uint8Array>>;

/** The files of a model, checked against each other and parsed. */
export interface ModelFiles {
  /** The settings of the model: what `config.json` says beside the two keys of {@link modelConfigJson}. */
  readonly config: JsonObject;
  readonly tokenizer: JsonObject;
  readonly weights: SavedTensors;
  /** Names the model in error messages. */
  readonly where: string;
}

/**
 * The content of `config.json`: `architectures` and `model_type`, as Hugging Face's tools read them, then the model's settings.
 *
 * @param app the application, which is the type
 * @param architecture the class of the model
 */
export const modelConfigJson = (app: string, architecture: string, settings: JsonObject): JsonObject => ({
  architectures: [architecture],
  model_type: app,
  ...settings,
});

/**
 * Opens a trained model: a folder, its URL, or the bytes of `config.json`, `tokenizer.json` and `model.safetensors`.
 *
 * @param app the application that it must be a model of
 * @throws CheckpointError when a file is missing or damaged, the files do not belong together, or a weight is not finite
 */
export async function loadModelFiles(source: ModelSource, app: string): Promise<ModelFiles> {
  const where = typeof source === 'string' ? source : 'model';
  const files = await readModelFiles(source, [...DESCRIPTION_FILES, 'model.safetensors']);
  const { tensors, metadata } = decodeSafetensors(files['model.safetensors'], `${where}/model.safetensors`);
  return describedWeights(files, { tensors, metadata }, { app, where });
}

/**
 * Weights with the files that describe them.
 *
 * @param saved the tensors of a file and its metadata, in which {@link descriptionHashes} may stand
 * @param expected the application that it must be a model of; `where` names the model in error messages
 * @throws as {@link loadModelFiles}
 */
export function describedWeights(
  files: DescriptionFiles,
  { tensors, metadata }: { readonly tensors: SavedTensors; readonly metadata: Readonly<Record<string, string>> },
  { app, where }: { readonly app: string; readonly where: string },
): ModelFiles {
  const { model_type: type, architectures: _, ...config } = parsed(files['config.json'], `${where}/config.json`);
  if (type !== app)
    throw new CheckpointError(
      `${where}: must be a model of ${app}, got one of ${typeof type === 'string' ? type : 'unknown origin'}`,
    );
  for (const [key, found] of Object.entries(descriptionHashes(files))) {
    const expected = metadata[key];
    if (expected !== undefined && expected !== found)
      throw new CheckpointError(
        `${where}/${key.replace(PREFIX, '')}: must be the file that the weights were trained with, got another content (sha256 ${found.slice(0, 12)}… instead of ${expected.slice(0, 12)}…); put the original back`,
      );
  }
  return {
    config,
    tokenizer: parsed(files['tokenizer.json'], `${where}/tokenizer.json`),
    weights: dequantizeRows(tensors, where),
    where,
  };
}

/**
 * What somebody builds of a file's content; whatever is found wrong with it names the file.
 *
 * @param file its path, for the message
 * @throws CheckpointError
 */
export function builtFrom<T>(file: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw new CheckpointError(`${file}: ${reasonOf(error)}; the file is damaged`, { cause: error });
  }
}

/** The message of an error; of several by a schema, the first. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [issue] = ('issues' in error && Array.isArray(error.issues) ? error.issues : []) as Issue[];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : error.message;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What a file of weights says in its metadata about the files it depends on. */
export function descriptionHashes(files: DescriptionFiles): Record<string, string> {
  return Object.fromEntries(DESCRIPTION_FILES.map((name) => [`${PREFIX}${name}`, sha256([files[name]])]));
}

const PREFIX = 'sha256 of ';

function parsed(bytes: Uint8Array, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new host.TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new CheckpointError(`${where}: must be JSON; the file is damaged`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CheckpointError(`${where}: must be a JSON object; the file is damaged`);
  return value as JsonObject;
}
