import { CheckpointError } from '../errors.ts';
import { host, nodeModule } from '../host.ts';

/**
 * Where the files of a model are: a folder (in Node a path; `https:` and, in a browser, any string is an address), the
 * `URL` of a folder, or the files themselves as bytes by name.
 */
export type ModelSource = string | { readonly href: string } | Readonly<Record<string, Uint8Array>>;

interface NodeFiles {
  readFile(path: unknown): Promise<Uint8Array>;
}

/**
 * Reads files of a model, in Node and in a browser alike.
 *
 *     const files = await readModelFiles(source, ['config.json', 'model.safetensors']);
 *
 * @throws CheckpointError naming the file that cannot be read
 */
export async function readModelFiles<const Name extends string>(
  source: ModelSource,
  names: readonly Name[],
): Promise<Record<Name, Uint8Array>> {
  const read = readerOf(source);
  const files = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
  return Object.fromEntries(files) as Record<Name, Uint8Array>;
}

function readerOf(source: ModelSource): (name: string) => Promise<Uint8Array> {
  const address = typeof source === 'string' ? source : source['href'];
  if (typeof address !== 'string') return async (name) => given(source as Readonly<Record<string, Uint8Array>>, name);
  const folder = address.endsWith('/') ? address : `${address}/`;
  const files = nodeModule('node:fs/promises') as NodeFiles | undefined;
  if (!files || /^https?:/.test(folder)) return (name) => fetched(folder + name);
  const locate = (name: string) => (folder.startsWith('file:') ? new host.URL(folder + name) : folder + name);
  return (name) => onDisk(address, name, () => files.readFile(locate(name)));
}

function given(files: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  const bytes = files[name];
  if (bytes) return bytes;
  throw new CheckpointError(`model files: must hold ${name}, got ${Object.keys(files).join(', ') || 'no files'}`);
}

async function onDisk(folder: string, name: string, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : code;
    throw new CheckpointError(`${folder}: must hold ${name}, got ${why}; give the folder of a trained model`);
  }
}

async function fetched(address: string): Promise<Uint8Array> {
  let reason: string;
  try {
    const response = await host.fetch(address);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    reason = `HTTP ${response.status}`;
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  throw new CheckpointError(`${address}: must be fetched, got ${reason}`);
}
