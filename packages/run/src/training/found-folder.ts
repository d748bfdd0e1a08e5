import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError } from '@unroll/rnn-core';
import { ANY_OF } from '../console/lists.ts';
import { nearestOf } from '../console/nearest.ts';

/** What a folder that somebody names is to be of. */
export interface FolderKind {
  /** `a char-lm run` */
  readonly what: string;
  /** The command that writes such folders: `train`. */
  readonly writtenBy: string;
  /** Where folders of several applications have the same files, the application. */
  readonly app?: string;
}

/** The runs of an application. */
export const runOf = (app: string): FolderKind => ({ what: `a ${app} run`, writtenBy: 'train', app });

/**
 * The path of a file that a folder must hold.
 *
 * @param kind what the folder is to be of
 * @throws CheckpointError when one of the two is not there, with what to give instead
 */
export function fileIn(folder: string, name: string, kind: FolderKind): string {
  const file = join(folder, name);
  if (existsSync(file)) return file;
  const problem = existsSync(folder) ? `is not the folder of ${kind.what} (no ${name})` : 'no such folder';
  throw new CheckpointError(`${folder}: ${problem}; ${folderInstead(folder, name, kind)}`);
}

/** What to give in the place of a folder: one that is near, those that there are, or what a command writes. */
export function folderInstead(folder: string, name: string, { writtenBy, ...kind }: FolderKind): string {
  const found = foldersWith(folder, name, kind.app);
  const nearest = nearestOf(
    basename(folder),
    found.map((path) => basename(path)),
  );
  const near = found.find((path) => basename(path) === nearest);
  if (near !== undefined) return `did you mean ${near}?`;
  const instead = `give the folder that ${writtenBy} wrote`;
  return found.length === 0 ? instead : `${instead}, such as ${ANY_OF.format(found.slice(0, SHOWN))}`;
}

const SHOWN = 3;

/** The folders with a file of that name in a folder, beside it, and where runs are by default; the newest first. */
function foldersWith(folder: string, name: string, app: string | undefined): string[] {
  const parents = new Map([folder, dirname(folder), 'runs'].map((parent) => [resolve(parent), parent]));
  const paths = [...parents.values()].flatMap((parent) => [parent, ...childrenOf(parent)]);
  return [...new Set(paths)]
    .filter((path) => resolve(path) !== resolve(folder))
    .flatMap((path) => writtenAt(join(path, name), app).map((time) => ({ path, time })))
    .sort((one, other) => other.time - one.time)
    .map(({ path }) => path);
}

function childrenOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name));
  } catch {
    return []; // none that can be listed
  }
}

/** When a file was written; none, where there is none of the application. */
function writtenAt(file: string, app: string | undefined): number[] {
  try {
    const { app: owner, model_type: type } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return app === undefined || owner === app || type === app ? [statSync(file).mtimeMs] : [];
  } catch {
    return [];
  }
}
