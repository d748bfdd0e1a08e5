import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

// A workspace of the same projects under the same rules, so that no forbidden import is ever written into this one.
let workspace: string;
beforeAll(() => {
  workspace = realpathSync(mkdtempSync(join(tmpdir(), 'unroll-boundaries-')));
  cpSync(join(ROOT, '.config'), join(workspace, '.config'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules'));
  for (const parent of ['packages', 'apps'])
    for (const project of readdirSync(join(ROOT, parent)))
      cpSync(join(ROOT, parent, project, 'package.json'), join(workspace, parent, project, 'package.json'));
});
afterAll(() => rmSync(workspace, { recursive: true }));

/** What the lint says of a line of code in a project's folder. */
function lint(project: string, code: string): string {
  const file = join(workspace, project, 'src/probe.ts');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${code}\n`);
  const oxlint = fileURLToPath(new URL('../bin/oxlint', import.meta.resolve('oxlint')));
  const args = [oxlint, '-c', join(workspace, '.config/oxlint.mjs'), '--deny-warnings', 'src/probe.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: join(workspace, project), encoding: 'utf8' });
  rmSync(file);
  return stdout + stderr;
}

test.each([
  [
    'packages/rnn-core',
    "export * from '@unroll/run';",
    '@unroll/rnn-core is scope:core, which may import nothing of ours',
  ],
  [
    'packages/rnn-core',
    "export { readFileSync } from 'node:fs';",
    '@unroll/rnn-core is scope:core, which runs wherever JavaScript runs',
  ],
  [
    'packages/text',
    "export * from '@unroll/rnn-core';",
    '@unroll/text is scope:text, which may import nothing of ours',
  ],
  [
    'packages/metrics',
    "export * from '@unroll/text';",
    '@unroll/metrics is scope:metrics, which may import nothing of ours',
  ],
  [
    'packages/kernels',
    "export * from '@unroll/run';",
    '@unroll/kernels is scope:kernels, which may import scope:core',
  ],
  [
    'packages/run',
    "export * from '@unroll/text';",
    '@unroll/run is scope:run, which may import scope:core, scope:kernels',
  ],
  ['packages/run', "export * from '../../rnn-core/src/index.ts';", 'Import another project by its package name'],
])('in %s: %s', (project, code, message) => {
  expect(lint(project, code)).toContain(message);
});

test.each([
  ['packages/run', "export { UnrollError } from '@unroll/rnn-core';"],
  ['packages/run', "export { readFileSync } from 'node:fs';"],
  ['apps/char-lm', "export * from '@unroll/run';"],
])('in %s: %s is allowed', (project, code) => {
  expect(lint(project, code)).not.toContain('no-restricted-imports');
});
