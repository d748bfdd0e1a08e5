import childProcess from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '@unroll/rnn-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { addonPackages, addonRemedy, loadAddon } from './addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'unroll-addon-'));
const good = readFileSync(createRequire(import.meta.url).resolve(addonPackages()[0]!));
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function write(name: string, bytes: Uint8Array, digest = sha256(bytes)): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  writeFileSync(`${path}.sha256`, digest);
  return path;
}

describe('addonPackages', () => {
  it.skipIf(process.platform !== 'linux')(
    'finds libc without a child process or a report (skipped: not on Linux)',
    () => {
      const child = vi.spyOn(childProcess, 'execSync');
      const report = vi.spyOn(process.report, 'getReport');
      expect(addonPackages()).toEqual([expect.stringMatching(/^@unroll\/kernels-linux-(x64|arm64)-(gnu|musl)$/)]);
      expect(child).not.toHaveBeenCalled();
      expect(report).not.toHaveBeenCalled();
    },
  );
});

describe('loadAddon', () => {
  it('names every package that it tried, why it is of no use, and the command that builds it', () => {
    const cut = write('cut.node', good.subarray(0, good.length >> 1), sha256(good));
    expect(() => loadAddon(['@unroll/kernels-beos-mips', cut])).toThrow(BackendError);
    expect(() => loadAddon(['@unroll/kernels-beos-mips', cut])).toThrow(
      `native: @unroll/kernels-beos-mips is not installed, or has not been built; ${cut} is damaged ` +
        '(its sha256 is not that of its build); `npm run build -w packages/kernels` builds it on a supported platform',
    );
  });

  it('names npm instead where the package is installed', () => {
    expect(addonRemedy('file:///home/me/app/node_modules/@unroll/kernels/dist/addon.js')).toBe(
      '`npm install --include=optional` installs it on a supported platform',
    );
  });

  it('takes the first that loads', () => {
    expect(loadAddon(['@unroll/kernels-beos-mips', ...addonPackages()])).toHaveProperty('open');
  });

  it('refuses a file with one bit changed, before it is mapped', () => {
    const flipped = Uint8Array.from(good);
    flipped[good.length >> 1]! ^= 1;
    expect(() => loadAddon([write('flipped.node', flipped, sha256(good))])).toThrow(/is damaged/);
  });

  it('says why the system does not load what is no library', () => {
    expect(() => loadAddon([write('text.node', Buffer.from('not a library\n'))])).toThrow(
      /does not load \(.+\); .* builds it/,
    );
  });

  it('refuses a module that is not this addon', () => {
    expect(() => loadAddon([write('foreign.cjs', Buffer.from('module.exports = {};'))])).toThrow(
      /is not an addon of this project/,
    );
  });
});
