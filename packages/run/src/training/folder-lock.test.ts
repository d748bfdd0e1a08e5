import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestFolder } from '../testing/test-folder.ts';
import { FolderLock, isLockFile, lockHolder } from './folder-lock.ts';

const locks = (folder: string): string[] => readdirSync(folder).filter(isLockFile);

/** A lock of this machine, changed. */
function lockName(change: (parts: { host: string; boot: string; pid: number; started: string }) => object): string {
  using folder = new TestFolder();
  using _ = FolderLock.acquire(folder.path, 'run');
  const [, host = '', boot = '', pid, started = ''] =
    /^\.lock-(.+)-([0-9a-f]{8})-(\d+)-(\d+)-/.exec(locks(folder.path)[0] ?? '') ?? [];
  const parts = { host, boot, pid: Number(pid), started };
  const { host: h, boot: b, pid: p, started: s } = { ...parts, ...change(parts) };
  return `.lock-${h}-${b}-${p}-${s}-0123abcd`;
}

test('one process at a time', () => {
  using folder = new TestFolder();
  {
    using _ = FolderLock.acquire(folder.path, 'run');
    expect(lockHolder(folder.path)).toEqual({ pid: process.pid, host: undefined });
    expect(() => FolderLock.acquire(folder.path, 'run')).toThrow(
      `${folder.path}: this run is in progress (pid ${process.pid})`,
    );
  }
  expect(locks(folder.path)).toEqual([]);
  expect(lockHolder(folder.path)).toBeUndefined();
  using _ = FolderLock.acquire(folder.path, 'run');
});

test('the lock of another process holds while it runs', async () => {
  using folder = new TestFolder();
  const source = new URL('folder-lock.ts', import.meta.url).href;
  const script = `import { FolderLock } from ${JSON.stringify(source)}; FolderLock.acquire(${JSON.stringify(folder.path)}, 'run'); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    '-C',
    'unroll-source',
    '--input-type=module',
    '-e',
    script,
  ]);
  await once(child.stdout, 'data');
  expect(() => FolderLock.acquire(folder.path, 'comparison')).toThrow(
    `${folder.path}: this comparison is in progress (pid ${child.pid})`,
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(locks(folder.path)).toHaveLength(1);
  using _ = FolderLock.acquire(folder.path, 'comparison');
  expect(locks(folder.path)).toHaveLength(1);
}, 60_000);

test.each([
  ['a process that is gone', () => ({ pid: 2 ** 22 + 1 })],
  ['an earlier boot', () => ({ boot: '00000001' })],
  ['an earlier process of the same number', () => ({ pid: process.ppid, started: '1' })],
  ['this process, before it was killed', () => ({})],
])('a stale lock of %s is swept away', (_, change) => {
  using folder = new TestFolder();
  folder.file(lockName(change), '');
  using __ = FolderLock.acquire(folder.path, 'run');
  expect(locks(folder.path)).toHaveLength(1);
});

test('the lock of another machine holds for ten minutes after its last sign of life', () => {
  using folder = new TestFolder();
  const name = lockName(() => ({ host: 'other-machine', boot: '12345678' }));
  writeFileSync(join(folder.path, name), '');
  expect(() => FolderLock.acquire(folder.path, 'run')).toThrow(/in progress \(pid \d+ on other-machine\)$/);
  const before = Date.now() / 1000 - 601;
  utimesSync(join(folder.path, name), before, before);
  using _ = FolderLock.acquire(folder.path, 'run');
});
