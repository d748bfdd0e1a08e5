import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBytes, writeAtomically } from './file.ts';

const isWindows = process.platform === 'win32';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Mounts a file system over a folder, which needs root on Linux. */
function mount(path: string, ...options: string[]): boolean {
  try {
    execFileSync('mount', [...options, path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a file that is not there: a near one, where it was looked for, or the folder that is missing', () => {
  const read = (path: string) => () => readBytes(path);
  writeFileSync(join(folder, 'sales.csv'), '');
  const problem = 'no such file or folder (ENOENT)';
  const near = join(folder, 'sale.csv');
  expect(read(near)).toThrow(`cannot read ${near}: ${problem}; did you mean ${join(folder, 'sales.csv')}?`);
  const far = join(folder, 'x.txt');
  expect(read(far)).toThrow(new RegExp(`^cannot read ${far}: no such file or folder \\(ENOENT\\)$`));
  expect(read('zzzzzzzz.zz')).toThrow(`cannot read zzzzzzzz.zz: ${problem}; looked for ${resolve('zzzzzzzz.zz')}`);
  const deep = join(folder, 'a', 'b.txt');
  expect(read(deep)).toThrow(`${deep}: ${problem}; there is no folder ${join(folder, 'a')}`);
  expect(() => writeAtomically(deep, '')).toThrow(
    `cannot write ${deep}: ${problem}; there is no folder ${join(folder, 'a')}; make it first`,
  );
});

test('a file of over 2 GiB is named', () => {
  const path = join(folder, 'large.bin');
  writeFileSync(path, '');
  truncateSync(path, 3 * 2 ** 30); // takes no space
  expect(() => readBytes(path)).toThrow(`cannot read ${path}: the file is too large (EFBIG)`);
});

test.skipIf(isWindows)(
  'without file descriptors, the file that cannot be read is named (Windows has no ulimit)',
  () => {
    const path = join(folder, 'a.txt');
    writeFileSync(path, 'text');
    const program = join(folder, 'program.mts');
    const files = fileURLToPath(new URL('.', import.meta.url));
    writeFileSync(
      program,
      `import { openSync } from 'node:fs';
    import { readBytes } from '${files}file.ts';
    import { fileSource, readBlocks } from '${files}byte-source.ts';
    const takeAll = () => { try { for (;;) openSync('/dev/null', 'r'); } catch {} };
    takeAll();
    try { readBytes('${path}'); } catch (error) { console.log(error.message); }
    await new Promise((resolve) => setTimeout(resolve, 200)); // whatever the module loader still closes
    takeAll();
    try { for await (const _ of readBlocks(fileSource('${path}'))); } catch (error) { console.log(error.message); }`,
    );
    const node = `ulimit -n 100 && exec "${process.execPath}" --import tsx -C unroll-source "${program}"`;
    const line = `cannot read ${path}: too many files are open (EMFILE)\n`;
    expect(execFileSync('bash', ['-c', node], { encoding: 'utf8' })).toBe(line + line);
  },
);

test('writes whole files and leaves nothing else', () => {
  const path = join(folder, 'a.bin');
  writeAtomically(path, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  writeAtomically(path, [Uint8Array.of(4)]);
  expect([...readBytes(path)]).toEqual([4]);
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('a disk that is really full leaves the previous file (needs root, to mount one)', ({ skip }) => {
  if (!mount(folder, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs')) skip('mounting a tiny file system needs root');
  try {
    const path = join(folder, 'model.safetensors');
    writeAtomically(path, 'old');
    expect(() => writeAtomically(path, [new Uint8Array(1_000_000)])).toThrow(
      `cannot write ${path}: no space left on the disk (ENOSPC); what was there before is intact`,
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
    writeAtomically(path, [new Uint8Array(20_000)]); // what was written beside gave its space back
  } finally {
    execFileSync('umount', [folder]);
  }
});

test('a read-only file system is said to be one (needs root, to mount one)', ({ skip }) => {
  if (!mount(folder, '-t', 'tmpfs', '-o', 'ro', 'tmpfs')) skip('mounting a read-only file system needs root');
  try {
    const path = join(folder, 'a.txt');
    expect(() => writeAtomically(path, 'new')).toThrow(`cannot write ${path}: the file system is read-only (EROFS)`);
  } finally {
    execFileSync('umount', [folder]);
  }
});

test('a folder without the right to write is said to be one (needs somebody else than root)', ({ skip }) => {
  if (isWindows || process.getuid?.() === 0)
    skip('root may write anywhere, and on Windows a folder has no such mode');
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  chmodSync(inner, 0o500);
  const path = join(inner, 'a.txt');
  expect(() => writeAtomically(path, 'new')).toThrow(`cannot write ${path}: permission denied (EACCES)`);
});

test('a folder in place of a file is said to be one', () => {
  expect(() => readBytes(folder)).toThrow(`cannot read ${folder}: it is a folder, not a file (EISDIR)`);
});

test('a path through a file is said to be one', () => {
  writeFileSync(join(folder, 'a'), '');
  const path = join(folder, 'a', 'b');
  expect(() => writeAtomically(path, '')).toThrow('a part of the path is a file, not a folder (ENOTDIR)');
  expect(existsSync(path)).toBe(false);
});
