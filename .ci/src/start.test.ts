import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { ROOT } from '../../.config/workspace.mjs';

test('a program starts from its sources as they are now, and finds what is beside them', () => {
  using folder = new TestFolder();
  const cli = join(folder.path, 'src/cli.ts');
  mkdirSync(join(folder.path, 'src'));
  const start = (): unknown =>
    JSON.parse(execFileSync(process.execPath, [join(ROOT, '.ci/start.mjs'), cli, 'a', 'b'], { encoding: 'utf8' }));

  writeFileSync(join(folder.path, 'src/word.ts'), "export const word: string = 'before';");
  writeFileSync(
    cli,
    "import { word } from './word.ts'; console.log(JSON.stringify([word, process.argv.slice(1), import.meta.url]));",
  );
  expect(start()).toStrictEqual(['before', [cli, 'a', 'b'], pathToFileURL(cli).href]);

  writeFileSync(join(folder.path, 'src/word.ts'), "export const word: string = 'now';");
  expect(start()).toStrictEqual(['now', [cli, 'a', 'b'], pathToFileURL(cli).href]);
});

test('packing the packages, which puts a licence beside the kernels, makes nobody build them again', () => {
  const setup = (): string => spawnSync(process.execPath, [join(ROOT, '.ci/setup.mjs')], { encoding: 'utf8' }).stderr;
  setup();
  copyFileSync(join(ROOT, 'LICENSE'), join(ROOT, 'packages/kernels/LICENSE'));
  expect(setup()).toBe('');
});
