import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '@unroll/rnn-core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadAddon, platformName } from './addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'unroll-addon-'));
const good = readFileSync(createRequire(import.meta.url).resolve(`@unroll/kernels-${platformName()}`));
afterAll(() => rmSync(folder, { recursive: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function write(name: string, bytes: Uint8Array, digest = sha256(bytes)): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  writeFileSync(`${path}.sha256`, digest);
  return path;
}

describe('loadAddon', () => {
  it('names the package that is missing, and the command that makes it', () => {
    expect(() => loadAddon('@unroll/kernels-beos-mips')).toThrow(BackendError);
    expect(() => loadAddon('@unroll/kernels-beos-mips')).toThrow(
      'native: @unroll/kernels-beos-mips has no addon; `npm run build -w packages/kernels` makes it where this platform is supported',
    );
  });

  it('refuses a file cut short, or with one bit changed, before it is mapped', () => {
    const cut = write('cut.node', good.subarray(0, good.length >> 1), sha256(good));
    expect(() => loadAddon(cut)).toThrow(/is damaged .* mends it/);
    const flipped = Uint8Array.from(good);
    flipped[good.length >> 1]! ^= 1;
    expect(() => loadAddon(write('flipped.node', flipped, sha256(good)))).toThrow(/is damaged/);
  });

  it('says why the system does not load what is no library', () => {
    expect(() => loadAddon(write('text.node', Buffer.from('not a library\n')))).toThrow(
      /does not load \(.+\); .* mends it/,
    );
  });

  it('refuses a module that is not this addon', () => {
    expect(() => loadAddon(write('foreign.cjs', Buffer.from('module.exports = {};')))).toThrow(
      /is not an addon of this project/,
    );
  });
});
