import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder } from '../testing/test-folder.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const LINE =
  'cannot load the program: too many files are open (EMFILE); raise the limit, such as with ulimit -n 1024';

/** An entry file of a program that is loaded so. */
const entry = (load: string) => `import { start } from './start.mjs'; await start('toy', async () => { ${load} });`;

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('start.ts', import.meta.url))],
    outfile: join(folder.path, 'start.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['unroll-source'],
    banner: { js: "import * as module from 'node:module'; const require = module.createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const modules = Array.from({ length: 100 }, (_, i) => `m${i}.mjs`);
  for (const name of modules) folder.file(name, '');
  const imports = modules.map((name) => `import './${name}';`).join('\n');
  const program = (commands: string) =>
    `export const program = { app: 'toy', invocation: 'toy', summary: 'A toy.', commands: { ${commands} } };`;
  folder.file('wide.mjs', `${imports}\n${program('')}`);
  folder.file('outer.mjs', program("wide: { summary: '', load: async () => (await import('./wide.mjs')).program }"));
  folder.file('cli.mjs', entry("return (await import('./wide.mjs')).program;"));
  folder.file('outer-cli.mjs', entry("return (await import('./outer.mjs')).program;"));
  folder.file('broken-cli.mjs', entry("return await import('./nowhere.mjs');"));
});

/** Runs an entry file, where no more files than `limit` can be open. */
function run(cli: string, limit: number, argv: string) {
  const command = `ulimit -n ${limit} && exec "${process.execPath}" "${join(folder.path, cli)}" ${argv}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('a process whose parent dies while its program is loaded ends at once', async () => {
  const cli = folder.file(
    'slow-cli.mjs',
    entry("console.log('loading'); return new Promise((done) => setTimeout(done, 60_000));"),
  );
  const child = spawn(process.execPath, [cli], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const closed = once(child, 'exit');
  await once(child.stdout!, 'data');
  child.disconnect(); // what the system does for a parent that was killed
  expect(await closed).toEqual([1, null]);
});

describe.skipIf(process.platform === 'win32')('a program is loaded (Windows has no ulimit)', () => {
  test('with as many file descriptors as it needs', () => {
    const { status, stdout } = run('cli.mjs', 512, '--help');
    expect([status, stdout]).toEqual([0, expect.stringContaining('A toy.')]);
  });

  test.each([20, 60])('or says in one line that %d file descriptors are too few', (limit) => {
    expect(run('cli.mjs', limit, '--help')).toEqual({ status: 1, stdout: '', stderr: `toy: ${LINE}\n` });
  });

  test('and with --json as an object besides', () => {
    const { status, stdout, stderr } = run('cli.mjs', 60, 'train --json');
    expect([status, stderr]).toEqual([1, `toy: ${LINE}\n`]);
    expect(JSON.parse(stdout)).toEqual({ error: { name: 'LoadError', message: LINE } });
  });

  test('so is one that is a command of another', () => {
    expect(run('outer-cli.mjs', 60, 'wide --help')).toEqual({ status: 1, stdout: '', stderr: `toy: ${LINE}\n` });
    expect(run('outer-cli.mjs', 512, 'wide --help').status).toBe(0);
  });

  test('another fault is not ascribed to file descriptors', () => {
    const { status, stderr } = run('broken-cli.mjs', 512, '');
    expect([status, stderr]).toEqual([1, expect.stringContaining('nowhere.mjs')]);
    expect(stderr).not.toContain(LINE);
  });
});
