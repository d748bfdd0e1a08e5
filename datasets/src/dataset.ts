import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@unroll/rnn-core';
import { createFolder, bytes as inUnits, readBytes, writeAtomically } from '@unroll/run';
import envPaths from 'env-paths';
import { type DatasetDescription, type DatasetFile, type DatasetTask, describeDataset } from './description.ts';

/** Where files are looked for. */
export interface DatasetOptions {
  /** A folder with copies of data sets, where a file is looked for first; next is the one that UNROLL_DATA names. */
  readonly dataDir?: string | undefined;
  /** Told when something is fetched. */
  readonly say?: (line: string) => void;
}

const FETCH_MILLISECONDS = 120_000;

/** A named data set: its description, and its files with their hashes checked. */
export class Dataset {
  readonly description: DatasetDescription;
  readonly #options: DatasetOptions;

  /**
   * @param task the task that it must be for; by default any
   * @throws ConfigError when there is no data set of that name and task
   */
  static open(name: string, options: DatasetOptions = {}, task?: DatasetTask): Dataset {
    return new Dataset(describeDataset(name, task), options);
  }

  constructor(description: DatasetDescription, options: DatasetOptions) {
    this.description = description;
    this.#options = options;
  }

  /** As flags name it. */
  get name(): string {
    return this.description.name;
  }

  /** Each file of the description, as it is stored, and its name for messages. */
  async files(): Promise<{ name: string; bytes: Uint8Array }[]> {
    return Promise.all(
      this.description.files.map(async (file) => ({ name: file.name, bytes: await this.#read(file) })),
    );
  }

  /** @throws DataError when the file is nowhere to be had, or not the one described */
  async bytes(name: string): Promise<Uint8Array> {
    const file = this.description.files.find((file) => file.name === name);
    if (!file) throw new DataError(`${this.name}: has no file ${name}`);
    return this.#read(file);
  }

  async #read(file: DatasetFile): Promise<Uint8Array> {
    for (const folder of this.#folders()) {
      const bytes = readWhole(folder, file);
      if (!bytes) continue;
      const problem = difference(bytes, file);
      if (problem)
        throw new DataError(`${join(folder, file.name)}: must be the file ${this.name} describes, got ${problem}`);
      return bytes;
    }
    return this.#fetch(file);
  }

  /** Where the set may lie, nearest first: `<dir>/<set>` and `<dir>/<anything>/<set>` of each local folder, its npm package, the cache. */
  #folders(): string[] {
    const { folder, package: npm } = this.description;
    const roots = [this.#options.dataDir, process.env['UNROLL_DATA']];
    const local = roots.flatMap((root) =>
      root === undefined || !existsSync(root)
        ? []
        : [root, ...subfolders(root)].map((parent) => join(parent, folder)),
    );
    return [...local, ...(npm ? packageFolders(npm.name) : []), this.#cache].filter((path) => existsSync(path));
  }

  get #cache(): string {
    const root = process.env['UNROLL_CACHE'] ?? envPaths('unroll', { suffix: '' }).cache;
    return join(root, 'datasets', this.description.folder);
  }

  async #fetch(file: DatasetFile): Promise<Uint8Array> {
    const { name, folder, title, origin, package: npm } = this.description;
    const failures: string[] = [];
    for (const url of file.urls) {
      this.#options.say?.(`Fetching ${file.name} of ${title} (${inUnits(file.bytes)}) from ${url}`);
      const fetched = await fetchBytes(url);
      const problem = typeof fetched === 'string' ? fetched : difference(fetched, file);
      if (typeof fetched !== 'string' && problem === undefined) {
        const path = join(this.#cache, file.name);
        createFolder(dirname(path));
        writeAtomically(path, [fetched]);
        return fetched;
      }
      failures.push(`${url}: ${problem}`);
    }
    if (npm)
      throw new DataError(
        `${name}: must have its npm package installed; run npm install ${npm.name}@${npm.version} beside the program`,
      );
    const why = failures.length > 0 ? ` and could not be downloaded (${failures.join('; ')})` : '';
    throw new DataError(
      `${name}: ${file.name} was not found${why}; put a copy at DIR/${folder}/${file.name} and give --data-dir DIR; it comes from ${origin}${stepsOf(folder)}`,
    );
  }
}

/** Where the README of a data set says how to get it. */
function stepsOf(folder: string): string {
  const file = fileURLToPath(new URL(`../${folder}/README.md`, import.meta.url));
  const near = relative('.', file);
  return existsSync(file) ? `; ${near.startsWith('..') ? file : near} says how, under How to get it` : '';
}

/** A file as it lies in a folder, or its parts joined; undefined when it is not there. */
function readWhole(folder: string, { name, parts, separator }: DatasetFile): Uint8Array | undefined {
  if (existsSync(join(folder, name))) return readBytes(join(folder, name));
  const paths = parts?.flatMap(expandRange).map((part) => join(folder, part));
  if (!paths?.every((path) => existsSync(path))) return undefined;
  const between = Buffer.from(separator);
  return Buffer.concat(
    paths.flatMap((path, index) => (index === 0 ? [readBytes(path)] : [between, readBytes(path)])),
  );
}

/** `chapter_{1..135}.txt` as a hundred and thirty-five names. */
function expandRange(name: string): string[] {
  const range = /^(.*)\{(\d+)\.\.(\d+)\}(.*)$/.exec(name);
  if (!range) return [name];
  const [, before = '', from, to, after = ''] = range;
  const length = Number(to) - Number(from) + 1;
  return Array.from({ length }, (_, index) => `${before}${Number(from) + index}${after}`);
}

/** How bytes differ from those described, or undefined when they are the same. */
function difference(bytes: Uint8Array, file: DatasetFile): string | undefined {
  if (bytes.length !== file.bytes) return `${bytes.length} bytes instead of ${file.bytes}`;
  const sum = createHash('sha256').update(bytes).digest('hex');
  return sum === file.sha256 ? undefined : `sha256 ${sum.slice(0, 12)}… instead of ${file.sha256.slice(0, 12)}…`;
}

/** What a server answers, or in words why it does not. */
async function fetchBytes(url: string): Promise<Uint8Array | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MILLISECONDS) });
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : `HTTP ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** Where npm put a package: the applications whose built-in data it is depend on it, and it is an optional peer of this one. */
function packageFolders(name: string): string[] {
  try {
    return [dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))];
  } catch {
    return [];
  }
}

const subfolders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(path, entry.name));
