import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { projectFolders, ROOT } from '../../.config/workspace.mjs';

/** A line of code, the project it is in, and what the lint says of it. */
const FORBIDDEN = [
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
    'packages/interop',
    "export * from '@unroll/metrics';",
    '@unroll/interop is scope:interop, which may import scope:core, scope:text',
  ],
  [
    'packages/interop',
    "export { readFileSync } from 'node:fs';",
    '@unroll/interop is scope:interop, which runs wherever JavaScript runs',
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
  ['packages/run', "export * from '@unroll/datasets';", '@unroll/run is scope:run, which may import'],
  [
    'datasets',
    "export * from '@unroll/text';",
    '@unroll/datasets is scope:datasets, which may import scope:core, scope:run',
  ],
  [
    'apps/playground',
    "export * from '@unroll/run';",
    '@unroll/playground is scope:page, which may import scope:core',
  ],
  ['apps/playground', "export { readFileSync } from 'node:fs';", 'which runs wherever JavaScript runs'],
  ['apps/char-lm', "export * from '@unroll/sentiment';", '@unroll/char-lm is scope:app, which may import'],
  ['packages/run', "export * from '../../rnn-core/src/index.ts';", 'Import another project by its package name'],
] as const;

const ALLOWED = [
  ['packages/run', "export { UnrollError } from '@unroll/rnn-core';"],
  ['packages/run', "export { readFileSync } from 'node:fs';"],
  ['packages/interop', "export * from '@unroll/text';"],
  ['datasets', "export * from '@unroll/run';"],
  ['apps/char-lm', "export * from '@unroll/run';"],
  ['apps/char-lm', "export * from '@unroll/datasets';"],
  ['apps/playground', "export * from '@unroll/char-lm';"],
] as const;

/** What the lint says of each line, in a workspace of the same projects under the same rules. */
const said = new Map<string, string>();
beforeAll(() => {
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'unroll-boundaries-')));
  cpSync(join(ROOT, '.config'), join(workspace, '.config'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules'), 'junction');
  for (const folder of ['.', ...projectFolders()])
    cpSync(join(ROOT, folder, 'package.json'), join(workspace, folder, 'package.json'));

  const probes = [...FORBIDDEN, ...ALLOWED].map(([project, code], k) => {
    const file = join(project, `src/probe-${k}.ts`);
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), `${code}\n`);
    return { key: project + code, file };
  });
  const oxlint = fileURLToPath(new URL('../bin/oxlint', import.meta.resolve('oxlint')));
  const args = [
    oxlint,
    '-c',
    join(workspace, '.config/oxlint.mjs'),
    '--format=json',
    ...probes.map(({ file }) => file),
  ];
  const { stdout } = spawnSync(process.execPath, args, { cwd: workspace, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { filename: string; code: string; message: string }[];
  };
  for (const { key, file } of probes) {
    const own = diagnostics.filter(({ filename, code }) => filename.endsWith(file) && code.includes('restricted'));
    said.set(key, own.map((diagnostic) => JSON.stringify(diagnostic)).join('\n'));
  }
  rmSync(workspace, { recursive: true });
});

test.each(FORBIDDEN)('in %s: %s', (project, code, message) => {
  expect(said.get(project + code)).toContain(message);
});

test.each(ALLOWED)('in %s: %s is allowed', (project, code) => {
  expect(said.get(project + code)).toBe('');
});
