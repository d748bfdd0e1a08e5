import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entriesOf, parseMatrix } from './matrix.ts';

const folder = new URL('../../matrices/', import.meta.url);

test.each(readdirSync(folder))('%s is a matrix, and each of its runs has a name of its own', (name) => {
  const entries = entriesOf(parseMatrix(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name));
  expect(entries.length).toBeGreaterThan(1);
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
});

test('every variant has its flags after those of the task', () => {
  const matrix = parseMatrix(
    {
      tasks: { parity: ['--delay', '3'] },
      variants: { plain: [], fast: ['--lr', '0.1'] },
      cells: ['gru'],
      hiddenSize: [4],
      seeds: [1],
      equal: 'steps',
      steps: 5,
    },
    'm.json',
  );
  expect(entriesOf(matrix).map(({ name, variant, words }) => [name, variant, words.slice(-4)])).toEqual([
    ['parity-gru-4-plain-s1', 'plain', ['--steps', '5', '--delay', '3']],
    ['parity-gru-4-fast-s1', 'fast', ['--delay', '3', '--lr', '0.1']],
  ]);
});
