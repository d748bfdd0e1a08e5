import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the example of the README runs', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([^`]*)```/.exec(readme)?.[1] ?? '';
  const path = fileURLToPath(new URL('../build/readme-example.ts', import.meta.url));
  writeFileSync(path, example);
  try {
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '-C', 'unroll-source', path], {
      encoding: 'utf8',
      env: { ...process.env, FORCE_COLOR: '0' }, // which Nx sets at a terminal
    });
    expect(printed).toMatch(/^(native|wasm), .*threads?\n.*\[ ?7, 10, 15, 22 ?\]\n$/);
  } finally {
    rmSync(path);
  }
}, 120_000); // where other programs take the processors
