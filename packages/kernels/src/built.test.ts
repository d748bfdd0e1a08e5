import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

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

test('bundled into a program that is elsewhere, it says what is missing and falls back on the reference', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-bundled-'));
  const outfile = join(folder, 'program.js');
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', imports: { '#own': './own.js' } }));
    const stdin = { contents: program('auto'), resolveDir: ROOT };
    await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm' });
    const line = execFileSync(process.execPath, [outfile], { encoding: 'utf8' });
    expect(line).toMatch(
      /^reference.*; not native: .* is not installed, or has not been built; .*; not wasm: .*\.wasm has not been built; /,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
