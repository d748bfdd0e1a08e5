import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Prints the backend of each choice, one per line. */
const program = (...choices: string[]): string => `
import { selectBackend } from '@unroll/kernels';
for (const backend of ${JSON.stringify(choices)}) console.log((await selectBackend({ backend, threads: 1 })).reason);
process.exit();`;

test('as it is built, not from source, the package finds its addon and its WebAssembly', () => {
  const lines = execFileSync(process.execPath, ['--input-type=module', '--eval', program('native', 'wasm')], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(lines).toMatch(/^native, .*, 1 thread \(as asked\)\nwasm, .*, 1 thread \(as asked\)\n$/);
});

test('as it is built, a page can bundle it: it asks for nothing of Node and has its WebAssembly with it', async () => {
  const stdin = { contents: `export { selectBackend } from '@unroll/kernels';`, resolveDir: ROOT };
  const options: BuildOptions = { stdin, bundle: true, write: false, platform: 'browser', logLevel: 'silent' };
  const { metafile } = await build({ ...options, metafile: true, format: 'esm' });
  expect(Object.keys(metafile?.inputs ?? {}).filter((path) => path.includes('dist/wasm'))).toEqual([
    'dist/wasm/kernels.js',
    'dist/wasm/kernels-relaxed.js',
  ]);
});

describe('bundled into a program that is elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bundled-'));
  const outfile = join(folder, 'program.js');
  afterAll(() => rmSync(folder, { recursive: true }));

  async function backendOf(options: BuildOptions): Promise<string> {
    const stdin = { contents: program('auto'), resolveDir: ROOT };
    await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error', ...options });
    return execFileSync(process.execPath, [outfile], { encoding: 'utf8' });
  }

  beforeAll(() => writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' })));

  test('it has its WebAssembly with it, and says that the addon is missing', async () => {
    expect(await backendOf({})).toMatch(/^wasm, .*; not native: .* is not installed, or has not been built; /);
  });

  test('it falls back on the reference where the WebAssembly is missing too, and says so', async () => {
    expect(await backendOf({ external: ['./wasm/kernels.js', './wasm/kernels-relaxed.js'] })).toMatch(
      /^reference.*; not native: .*; not wasm: kernels.* cannot be imported \(Cannot find module .*\); `npm run build/,
    );
  });
});
