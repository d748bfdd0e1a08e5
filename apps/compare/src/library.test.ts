import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

test('the library imports nothing of Node, nor anything that does', async () => {
  const { metafile, warnings } = await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['unroll-source'],
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const inputs = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules'));
  expect(inputs.some((path) => path.endsWith('memory/recall-task.ts'))).toBe(true);
  expect(inputs.filter((path) => path.includes('packages/run/') || path.includes('commands/'))).toEqual([]);
});
