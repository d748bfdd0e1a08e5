import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import { expect, test, vi } from 'vitest';

const EXAMPLE = readFileSync(new URL('readme.ts', import.meta.url), 'utf8');

test('the example in the README is this file, and prints what its comments say', async () => {
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(`\`\`\`ts\n${EXAMPLE}\`\`\``);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('./readme.ts');
  const expected = Array.from(EXAMPLE.matchAll(/^console\.log.*; \/\/ (.*)$/gm), ([, comment]) => comment);
  expect(log.mock.calls.map((values) => format(...values))).toEqual(expected);
});
