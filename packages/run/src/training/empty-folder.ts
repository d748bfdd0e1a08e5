import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '@unroll/rnn-core';
import { count } from '../console/quantity.ts';
import { onFile } from '../files/file.ts';
import { isLockFile } from './folder-lock.ts';

/** Checks that `--out` can be a folder. @throws ConfigError when it, or what it is in, is a file */
export function checkFolder(path: string): void {
  for (let at = path; ; at = dirname(at)) {
    const found = existsSync(at) ? statSync(at) : undefined;
    if (found?.isDirectory() || (!found && at === dirname(at))) return;
    if (found)
      throw new ConfigError(
        `--out must be a folder, got ${at === path ? `${path}, which` : `${path}, where ${at}`} is a file; choose another --out`,
      );
  }
}

/** Checks that `--out` can be a new folder. @throws ConfigError when it holds something, or it or what it is in is a file */
export function checkEmpty(path: string): void {
  checkFolder(path);
  if (!existsSync(path)) return;
  const files = onFile(path, 'read', () => readdirSync(path)).filter((name) => !isLockFile(name));
  if (files.length === 0) return;
  const holds = files.includes('run.json')
    ? 'a run; continue it with --resume, or choose another --out'
    : `${files.length === 1 ? 'a file' : `${count(files.length)} files`}; choose another --out`;
  throw new ConfigError(`--out must be a new or empty folder, got ${path}, which holds ${holds}`);
}
