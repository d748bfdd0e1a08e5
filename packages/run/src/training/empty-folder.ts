import { readdirSync } from 'node:fs';
import { ConfigError } from '@unroll/rnn-core';
import { count } from '../console/quantity.ts';
import { onFile } from '../files/file.ts';
import { isLockFile } from './folder-lock.ts';

/** @throws ConfigError when the folder asked for holds something */
export function checkEmpty(path: string): void {
  const files = onFile(path, 'read', () => readdirSync(path)).filter((name) => !isLockFile(name));
  if (files.length === 0) return;
  const holds = files.includes('run.json')
    ? 'a run; continue it with --resume, or choose another --out'
    : `${files.length === 1 ? 'a file' : `${count(files.length)} files`}; choose another --out`;
  throw new ConfigError(`--out must be a new or empty folder, got ${path}, which holds ${holds}`);
}
