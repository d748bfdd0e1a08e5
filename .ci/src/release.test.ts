import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishedFolders, ROOT, readManifest } from '../../.config/workspace.mjs';
import { planOf } from '../release/publish.mjs';
import { atVersion } from '../release/versions.mjs';

const { version } = readManifest('.');
const repository = 'git+https://github.com/unroll-js/unroll.git';

test.each(publishedFolders())(
  '%s: a release changes its version and those of our packages, nothing else',
  (folder) => {
    const text = readFileSync(join(ROOT, folder, 'package.json'), 'utf8');
    const released = atVersion(text, '9.8.7');
    expect(released).not.toContain(`"${version}"`);
    expect(JSON.parse(released)).toMatchObject({ name: readManifest(folder).name, version: '9.8.7' });
    expect(atVersion(released, version)).toBe(text);
  },
);

test('a file: dependency keeps its path', () => {
  const manifest = '{\n  "version": "0.1.0",\n  "optionalDependencies": { "@unroll/kernels-a": "file:a" }\n}';
  expect(atVersion(manifest, '0.2.0')).toBe(manifest.replace('0.1.0', '0.2.0'));
});

test('publishes the addons first, and nothing that the registry has', () => {
  const packages = ['@unroll/text', '@unroll/kernels', '@unroll/kernels-linux-x64-gnu', '@unroll/run'].map(
    (name) => ({ name }),
  );
  const registry: Record<string, { repository: string; versions: string[] }> = {
    '@unroll/text': { repository, versions: ['0.0.1', version] },
    '@unroll/run': { repository: 'git://github.com/unroll-js/unroll', versions: ['0.0.1'] },
  };
  const { missing, taken } = planOf(packages, (name) => registry[name]);
  expect(taken).toStrictEqual([]);
  expect(missing.map(({ name }) => name)).toStrictEqual([
    '@unroll/kernels-linux-x64-gnu',
    '@unroll/kernels',
    '@unroll/run',
  ]);
});

test('a name that is somebody else’s is not published, at any version', () => {
  const entry = { repository: 'git://github.com/somebody/unroll', versions: [version] };
  const { missing, taken } = planOf([{ name: 'unroll' }], () => entry);
  expect(missing).toStrictEqual([]);
  expect(taken).toStrictEqual([
    'publish: unroll must be a name of this repository, got github.com/somebody/unroll; publish it under a scope, docs/decisions/releases.md',
  ]);
});
