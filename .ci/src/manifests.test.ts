import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFolders, publishedFolders, ROOT, readManifest } from '../../.config/workspace.mjs';
import { prepackScript, sharedFields } from '../manifests.mjs';

const PUBLISHED = publishedFolders();
const isAddon = (folder: string): boolean => folder.includes('/npm/');

describe.each(PUBLISHED)('%s', (folder) => {
  const manifest = readManifest(folder);

  test('has the fields that all packages share (`npm run manifests` writes them)', () => {
    expect(manifest).toMatchObject({ ...sharedFields(folder), scripts: { prepack: prepackScript(folder) } });
  });

  test('says what it is, to people and to tools', () => {
    expect(manifest.description).toMatch(/^\S.{20,}$/);
    expect(manifest.keywords?.length).toBeGreaterThan(1);
  });

  test('depends on the other packages at the one version they all have', () => {
    const { version, dependencies } = manifest;
    expect(version).toBe(readManifest('.').version);
    const ours = Object.entries(dependencies ?? {}).filter(([name]) => name.startsWith('@unroll/'));
    for (const [name, wanted] of ours) expect([name, wanted]).toStrictEqual([name, version]);
  });
});

test.each(PUBLISHED.filter((folder) => !isAddon(folder)))(
  '%s is an ES module with its sources, README, changelog and package.json in it',
  (folder) => {
    expect(readManifest(folder)).toMatchObject({
      type: 'module',
      sideEffects: false,
      exports: { './package.json': './package.json' },
      files: expect.arrayContaining(['dist', 'src', '!src/**/*.test.ts', 'CHANGELOG.md']),
    });
    expect(readFileSync(join(ROOT, folder, 'README.md'), 'utf8')).toMatch(/^# /);
    expect(readFileSync(join(ROOT, folder, 'CHANGELOG.md'), 'utf8')).toMatch(/^## \d/); // nx release writes above it
  },
);

test('what is not published says so', () => {
  const others = ['.', ...projectFolders().filter((folder) => !PUBLISHED.includes(folder))];
  expect(others.map((folder) => readManifest(folder).private)).toStrictEqual(others.map(() => true));
});
