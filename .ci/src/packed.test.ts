import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { checkPackage, createPackageFromTarballData, type Package } from '@arethetypeswrong/core';
import { TestFolder } from '@unroll/run/testing';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from '../../.config/workspace.mjs';
import { packAll } from '../verify/pack.mjs';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());
const PACKED = await packAll(folder.path);

/** ES modules alone: `require` of them works since Node 20.19, and the oldest resolution knows no `exports`. */
const EXPECTED = new Set(['node10', 'node16-cjs']);

/** The files of a package that its source maps name and that are not in it. */
function lostSources(pkg: Package): string[] {
  const maps = pkg.listFiles().filter((file) => file.endsWith('.map'));
  return maps.flatMap((file) => {
    const { sources, sourcesContent } = JSON.parse(pkg.readFile(file)) as {
      sources: string[];
      sourcesContent?: string[];
    };
    if (sourcesContent) return [];
    return sources
      .map((source) => posix.join(posix.dirname(file), source))
      .filter((source) => !pkg.fileExists(source));
  });
}

test.each(PACKED)('$name: publint, types, licence, source maps', { timeout: 60_000 }, async ({ file }) => {
  const bytes = Uint8Array.from(readFileSync(file));
  const { messages, pkg: manifest } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toStrictEqual([]);

  const pkg = createPackageFromTarballData(bytes);
  const { types, ...checked } = await checkPackage(pkg);
  const problems = 'problems' in checked ? checked.problems : [];
  expect(
    problems.filter((problem) => !('resolutionKind' in problem && EXPECTED.has(problem.resolutionKind))),
  ).toStrictEqual([]);
  expect(types === false).toBe(file.includes('unroll-kernels-') && !file.includes('unroll-kernels-0'));

  const files = pkg.listFiles().map((path) => path.replace(/^\/node_modules\/(?:@unroll\/)?[^/]+\//, ''));
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  expect(files.filter((path) => /\.(?:test|fixture)\./.test(path))).toStrictEqual([]);
  expect(lostSources(pkg)).toStrictEqual([]);
});

test.each([[[]], [['--production', '--strict']]])(
  'packages depend on what they use, no more and no less (knip %j)',
  { timeout: 120_000 },
  (flags) => {
    const knip = join(ROOT, 'node_modules/knip/bin/knip.js');
    const words = [knip, '--config', '.config/knip.json', '--no-config-hints', '--reporter', 'compact', ...flags];
    expect(spawnSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' }).stdout).toBe('');
  },
);
