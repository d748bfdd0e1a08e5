import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, utimes } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { UnrollError } from '@unroll/rnn-core';
import { onFile, systemCode } from '../files/file.ts';

/** A folder is being written by another process. */
export class LockedError extends UnrollError {
  override name = 'LockedError';
}

/** The process that writes a folder. */
export interface LockHolder {
  readonly pid: number;
  /** Undefined for this machine. */
  readonly host: string | undefined;
}

interface LockFile extends LockHolder {
  readonly name: string;
  readonly boot: string;
  /** When the process started, in ticks since the boot; 0 where the system does not tell. */
  readonly started: string;
}

const LOCK_FILE = /^\.lock-(?<host>.+)-(?<boot>[0-9a-f]{8})-(?<pid>\d+)-(?<started>\d+)-[0-9a-f]{8}$/;
const REMOTE_SECONDS = 600; // a process of another machine that has not touched its lock for so long is gone
const TOUCH_SECONDS = 60;
const ATTEMPTS = 8;

const HOST = hostname().replaceAll(/[^\w.]/g, '_') || 'localhost';
const BOOT = readSystem('/proc/sys/kernel/random/boot_id').slice(0, 8) || '00000000';
const held = new Set<string>(); // the names of this process's locks

/** Whether a file of a folder is a lock. */
export const isLockFile = (name: string): boolean => LOCK_FILE.test(name);

/**
 * Lets one process at a time write a folder.
 *
 *     using lock = FolderLock.acquire('runs/char-lm-1', 'run');
 *
 * Each process creates a file of its own that says who it is in its name, and then looks for others: of two that come at
 * once at least one sees the other, withdraws and looks again. The lock of a process that is gone, of an earlier boot,
 * or of another machine that is silent for ten minutes, is swept away by the process that holds the folder: no lock is ever
 * taken over, so it does not matter how many find it stale at once.
 */
export class FolderLock implements Disposable {
  readonly #path: string;
  readonly #touching: NodeJS.Timeout;

  /**
   * @param what the folder holds, for the message: `run`
   * @throws LockedError naming the process that writes the folder
   * @throws FileError when the folder cannot be written
   */
  static acquire(folder: string, what: string): FolderLock {
    for (let attempt = 1; ; attempt++) {
      const name = `.lock-${HOST}-${BOOT}-${process.pid}-${startOf(process.pid)}-${randomBytes(4).toString('hex')}`;
      const path = join(folder, name);
      const before = liveLocks(folder);
      if (before.length === 0) {
        onFile(folder, 'written', () => closeSync(openSync(path, 'wx')));
        held.add(name);
        if (liveLocks(folder).every((lock) => lock.name === name)) {
          sweep(folder, name);
          return new FolderLock(path);
        }
        release(path);
      }
      const [holder] = before;
      if (holder && attempt > 1)
        throw new LockedError(`${folder}: this ${what} is in progress ${inWords(folder, holder)}`);
      if (attempt === ATTEMPTS) throw new LockedError(`${folder}: this ${what} is being started by another process`);
      pause(5 + Math.random() * 50);
    }
  }

  /**
   * Acquires a folder for what is made under its lock and then holds it; if making fails, the folder is free again.
   *
   * @throws LockedError when another process holds it
   */
  static around<T>(folder: string, what: string, make: (lock: FolderLock) => T): T {
    const lock = FolderLock.acquire(folder, what);
    try {
      return make(lock);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  private constructor(path: string) {
    this.#path = path;
    // Shows other machines that this process lives. A folder that somebody has moved is refused by what is written next.
    this.#touching = setInterval(() => utimes(path, new Date(), new Date(), () => {}), TOUCH_SECONDS * 1000).unref();
  }

  /** Gives the folder free. */
  [Symbol.dispose](): void {
    clearInterval(this.#touching);
    release(this.#path);
  }
}

/** Who writes a folder now; undefined when nobody does. */
export function lockHolder(folder: string): LockHolder | undefined {
  const [holder] = liveLocks(folder);
  return holder && { pid: holder.pid, host: holder.host };
}

function release(path: string): void {
  held.delete(basename(path));
  rmSync(path, { force: true });
}

const inWords = (folder: string, { pid, host, name }: LockFile): string =>
  host === undefined
    ? `(pid ${pid})`
    : `(pid ${pid} on ${host}); if that has ended, wait ${REMOTE_SECONDS / 60} minutes or remove ${join(folder, name)}`;

/** The locks of processes that live. */
const liveLocks = (folder: string): LockFile[] => locksIn(folder).filter((lock) => isLive(folder, lock));

const locksIn = (folder: string): LockFile[] =>
  onFile(folder, 'read', () => readdirSync(folder)).flatMap((name) => parse(name) ?? []);

/** Removes the locks of processes that are gone: all but our own. */
function sweep(folder: string, own: string): void {
  for (const { name } of locksIn(folder)) if (name !== own) rmSync(join(folder, name), { force: true });
}

function parse(name: string): LockFile | undefined {
  const { host, boot, pid, started } = LOCK_FILE.exec(name)?.groups ?? {};
  if (host === undefined || boot === undefined || pid === undefined || started === undefined) return undefined;
  return { name, host: host === HOST ? undefined : host, boot, pid: Number(pid), started };
}

function isLive(folder: string, { name, host, boot, pid, started }: LockFile): boolean {
  if (host !== undefined) return secondsSince(join(folder, name)) < REMOTE_SECONDS;
  if (boot !== BOOT) return false;
  if (pid === process.pid) return held.has(name);
  return isRunning(pid) && isSameStart(startOf(pid), started);
}

function secondsSince(path: string): number {
  try {
    return (Date.now() - statSync(path).mtimeMs) / 1000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Whether a process that runs is the one that made the lock; it is, where the system does not tell. */
const isSameStart = (now: string | undefined, then: string): boolean =>
  now !== undefined && (now === then || now === UNKNOWN || then === UNKNOWN);

const UNKNOWN = '0';

/**
 * Field 22 of /proc/PID/stat, the name in field 2 of which may hold blanks and brackets; 0 where the system does not tell.
 * Undefined for a process that has ended and that its parent has not waited for.
 */
function startOf(pid: number): string | undefined {
  const stat = readSystem(`/proc/${pid}/stat`);
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? undefined : (fields[18] ?? UNKNOWN);
}

function readSystem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
