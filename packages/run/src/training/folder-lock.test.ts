import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type * as Fs from 'node:fs';
import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { TestFolder } from '../testing/test-folder.ts';

/** What another process does just before and after a lock is made, and after it is removed. */
const other = vi.hoisted(() => ({ before: () => {}, after: () => {}, removed: () => {} }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const openSync = (...args: Parameters<typeof fs.openSync>) => {
    other.before();
    const file = fs.openSync(...args);
    other.after();
    return file;
  };
  const rmSync = (...args: Parameters<typeof fs.rmSync>) => {
    fs.rmSync(...args);
    other.removed();
  };
  return { ...fs, openSync, rmSync };
});
// Test files share their modules: those that are loaded have the real node:fs, and those loaded here must not stay.
vi.resetModules();
afterAll(() => {
  vi.resetModules();
});
const { FolderLock, isLockFile, lockHolder } = await import('./folder-lock.ts');
afterEach(() => Object.assign(other, { before: () => {}, after: () => {}, removed: () => {} }));

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

/** Another process, with `FolderLock` and the `folder`. */
function start(folder: string, script: string) {
  const source = JSON.stringify(new URL('folder-lock.ts', import.meta.url).href);
  const module = `import { FolderLock } from ${source}; const folder = ${JSON.stringify(folder)}; ${script}`;
  return spawn(process.execPath, ['--import', 'tsx', '-C', 'unroll-source', '--input-type=module', '-e', module]);
}

test('the lock of another process holds while it runs', async () => {
  using folder = new TestFolder();
  const child = start(
    folder.path,
    "FolderLock.acquire(folder, 'run'); console.log('held'); setInterval(() => {}, 1000);",
  );
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

test.for<[string, () => object]>([
  ['a process that is gone', () => ({ pid: 2 ** 22 + 1 })],
  ['an earlier boot', () => ({ boot: '00000001' })],
  ['an earlier process of the same number', () => ({ pid: process.ppid, started: '1' })],
  ['this process, before it was killed', () => ({})],
])('a stale lock of %s is swept away', ([from, change], { skip }) => {
  if (from.startsWith('an earlier process') && process.platform !== 'linux')
    skip('needs /proc, which tells the start of a process');
  using folder = new TestFolder();
  folder.file(lockName(change), '');
  using __ = FolderLock.acquire(folder.path, 'run');
  expect(locks(folder.path)).toHaveLength(1);
});

test('the lock of another machine holds for ten minutes after its last sign of life', () => {
  using folder = new TestFolder();
  const name = lockName(() => ({ host: 'other-machine', boot: '12345678' }));
  writeFileSync(join(folder.path, name), '');
  expect(() => FolderLock.acquire(folder.path, 'run')).toThrow(
    /in progress \(pid \d+ on other-machine\); if that has ended, wait 10 minutes or remove .+0123abcd$/,
  );
  const before = Date.now() / 1000 - 601;
  utimesSync(join(folder.path, name), before, before);
  using _ = FolderLock.acquire(folder.path, 'run');
});

test('shows other machines once a minute that its process lives', async () => {
  vi.useFakeTimers();
  using folder = new TestFolder();
  using _ = FolderLock.acquire(folder.path, 'run');
  const path = join(folder.path, locks(folder.path)[0] as string);
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(61_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(1000));
});

test('a lock that the system tells nothing about holds while there is a process of its number', () => {
  using folder = new TestFolder();
  folder.file(
    lockName(() => ({ pid: process.ppid, started: '0' })),
    '',
  );
  expect(() => FolderLock.acquire(folder.path, 'run')).toThrow(`in progress (pid ${process.ppid})`);
});

test('the name of a lock, cut or changed, is no lock', () => {
  const name = lockName(() => ({}));
  for (const other of ['.lock', '.lock-', name.slice(0, -1), name.slice(0, 20), `${name}.tmp`, name.slice(1)])
    expect(isLockFile(other), other).toBe(false);
});

test.each(['before', 'after'] as const)(
  'two that find the folder free at once, the other a moment %s: one withdraws',
  (when) => {
    using folder = new TestFolder();
    const stat = `/proc/${process.ppid}/stat`;
    const started = (existsSync(stat) && /^[^)]+\) .(?: \S+){18} (\d+)/.exec(readFileSync(stat, 'utf8'))?.[1]) || '0';
    const path = join(
      folder.path,
      lockName(() => ({ pid: process.ppid, started })),
    );
    other[when] = () => writeFileSync(path, '');
    expect(() => FolderLock.acquire(folder.path, 'run')).toThrow(`in progress (pid ${process.ppid})`);
    expect(locks(folder.path)).toHaveLength(1);

    unlinkSync(path);
    other.removed = () => {
      other[when] = () => {};
      if (existsSync(path)) unlinkSync(path);
    };
    using _ = FolderLock.acquire(folder.path, 'run'); // both withdrew, and the other came too late then
    expect(locks(folder.path)).toHaveLength(1);
  },
);
