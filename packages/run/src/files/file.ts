import { constants } from 'node:buffer';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { UnrollError } from '@unroll/rnn-core';
import { nearestOf } from '../console/nearest.ts';

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EEXIST: 'a file of that name exists',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open in the system',
  EIO: 'the disk reports an error',
};

const VERBS = { read: 'read', written: 'write', created: 'create' };

/** What the operating system refused, for people: which file, what was wanted, why not. */
export class FileError extends UnrollError {
  override name = 'FileError';
  /** The operating system's code, such as `ENOSPC`. */
  readonly code: string;
  readonly path: string;

  constructor(path: string, wanted: 'read' | 'written' | 'created', code: string, remedy = '') {
    const what = code === 'ENOENT' ? whereInstead(path, wanted) : remedy;
    super(
      `cannot ${VERBS[wanted]} ${path}: ${PROBLEMS[code] ?? 'the system refuses'} (${code})${what && `; ${what}`}`,
    );
    this.code = code;
    this.path = path;
  }
}

/** The operating system's code of an error, such as `ENOSPC`, or undefined when it is another kind of error. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_FS_FILE_TOO_LARGE') return 'EFBIG'; // over 2 GiB at once
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** Runs a file operation; what the system refuses becomes a {@link FileError} naming the path. */
export function onFile<T>(
  path: string,
  wanted: 'read' | 'written' | 'created',
  operation: () => T,
  remedy?: string,
): T {
  try {
    return operation();
  } catch (error) {
    const code = systemCode(error);
    throw code === undefined ? error : new FileError(path, wanted, code, remedy);
  }
}

/** What to do about a path that leads nowhere. */
function whereInstead(path: string, wanted: string): string {
  const folder = dirname(path);
  if (!existsSync(folder)) return `there is no folder ${folder}${wanted === 'read' ? '' : '; make it first'}`;
  const nearest = nearestOf(basename(path), names(folder));
  if (nearest !== undefined) return `did you mean ${join(folder, nearest)}?`;
  return isAbsolute(path) ? '' : `looked for ${resolve(path)}`;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // what cannot be listed has no near names
  }
}

/** A file's bytes. @throws FileError */
export function readBytes(path: string): Uint8Array {
  return onFile(path, 'read', () => readFileSync(path));
}

/** A file's first bytes, or all of them where it has no more. @throws FileError */
export const readFirstBytes = (path: string, count: number): Uint8Array => readPart(path, count, () => 0);

/** A file's last bytes, or all of them where it has no more. @throws FileError */
export const readLastBytes = (path: string, count: number): Uint8Array =>
  readPart(path, count, (size) => Math.max(0, size - count));

function readPart(path: string, count: number, startOf: (size: number) => number): Uint8Array {
  return onFile(path, 'read', () => {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const bytes = new Uint8Array(Math.min(size, count));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, startOf(size)));
    } finally {
      closeSync(file);
    }
  });
}

/** A file of our own making, as text. @throws FileError */
export function readText(path: string): string {
  const bytes = readBytes(path);
  if (bytes.length > constants.MAX_STRING_LENGTH) throw new FileError(path, 'read', 'EFBIG');
  return Buffer.from(bytes).toString('utf8');
}

/** Creates a folder and its parents; one that exists is fine. @throws FileError */
export function createFolder(path: string): void {
  onFile(path, 'created', () => mkdirSync(path, { recursive: true }));
}

/** Where {@link writeAtomically} keeps what is not yet complete. */
export const temporaryOf = (path: string): string => join(dirname(path), `.${basename(path)}.tmp`);

/**
 * Replaces a file so that at any moment, whatever is killed or pulled, it holds either all of the old bytes or all of
 * the new: written beside, synced, renamed, and the folder synced. When the disk is full the old file stays and what was
 * written beside it is removed.
 *
 * @throws FileError
 */
export function writeAtomically(path: string, parts: string | readonly Uint8Array[]): void {
  const temporary = temporaryOf(path);
  onFile(
    path,
    'written',
    () => {
      try {
        const file = openSync(temporary, 'w');
        try {
          for (const part of typeof parts === 'string' ? [Buffer.from(parts)] : parts) writeAll(file, part);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
      syncFolder(dirname(path));
    },
    'what was there before is intact',
  );
}

/** Writes every byte; one call of the system may write fewer. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}

/** Makes a rename survive a power cut. Windows cannot open a folder, and does not need to. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
