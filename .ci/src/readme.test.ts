import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundledProgram } from '@unroll/run/testing';
import { expect, test } from 'vitest';

const EXAMPLE = fileURLToPath(new URL('../../apps/char-lm/examples/fifteen-lines.ts', import.meta.url));
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the lines in the README are the example, to the letter', () => {
  expect(README).toContain(`\`\`\`ts\n${readFileSync(EXAMPLE, 'utf8')}\`\`\``);
});

test('they run, learn their sentence, and print what the README says', { timeout: 120_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [await bundledProgram(EXAMPLE, 'fifteen-lines')]);
  const losses = [...stdout.matchAll(/^step \d+: (\S+) nats$/gm)].map(([, nats]) => Number(nats));
  expect(losses).toHaveLength(3);
  expect(losses.at(-1)).toBeLessThan(0.1);
  expect(README).toContain(stdout.replaceAll(/^(?=.)/gm, '    '));
});
