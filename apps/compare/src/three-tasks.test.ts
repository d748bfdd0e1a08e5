import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { execute } from '@unroll/run';
import { afterAll, expect, it } from 'vitest';
import { program } from './program.ts';
import type { RunSummary } from './run-summary.ts';

const folder = mkdtempSync(join(tmpdir(), 'unroll-three-tasks-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Forty short sentences of our own: how many, what, how. */
const SENTENCES = Array.from({ length: 40 }, (_, k) => {
  const isGood = k % 3 === 0;
  return {
    text: `${['One', 'Two', 'Ten'][k % 3]} ${['cups', 'maps', 'pens', 'hats'][k % 4]}, ${isGood ? 'good' : 'bad'} ${k}`,
    translation: `${['Un', 'Deux', 'Dix'][k % 3]} ${['tasses', 'cartes', 'stylos', 'chapeaux'][k % 4]} ${k}`,
    label: isGood ? 'positive' : 'negative',
  };
});

/** The smallest run of each of the three applications. */
const matrix = file(
  'matrix.json',
  JSON.stringify({
    tasks: {
      'char-lm':
        `--data ${file('text.txt', SENTENCES.map(({ text }) => `${text}\n`).join(''))} --window 8 --batch 4`.split(
          ' ',
        ),
      sentiment:
        `--data ${file('texts.csv', `text,label\n${SENTENCES.map(({ text, label }) => `"${text}",${label}\n`).join('')}`)} --members 1 --parts 50 --no-bag-of-words --no-lexicon`.split(
          ' ',
        ),
      translate:
        `--data ${file('pairs.tsv', SENTENCES.map(({ text, translation }) => `${text}\t${translation}\n`).join(''))} --vocab 280 --embedding 8 --batch-tokens 100`.split(
          ' ',
        ),
    },
    cells: ['gru'],
    hidden: [6],
    seeds: [1],
    equal: 'steps',
    steps: 3,
  }),
);

async function run(name: string): Promise<Record<string, number | undefined>> {
  let out = '';
  const stdout = new Writable({ write: (chunk, _, done) => ((out += chunk), done()) });
  const stderr = new Writable({ write: (_chunk, _, done) => done() });
  const words = ['run', '--matrix', matrix, '--backend', 'reference', '--out', join(folder, name), '--json'];
  await execute(program, words, { stdout, stderr });
  const { runs } = JSON.parse(out) as { runs: RunSummary[] };
  return Object.fromEntries(runs.map(({ name, quality }) => [name, quality]));
}

it('the same matrix of the three applications comes to the same figures twice, bit for bit', {
  timeout: 240_000,
}, async () => {
  const first = await run('first');
  expect(Object.keys(first)).toEqual(['char-lm-gru-6-s1', 'sentiment-gru-6-s1', 'translate-gru-6-s1']);
  for (const quality of Object.values(first)) expect(quality).toBeTypeOf('number');
  expect(await run('second')).toEqual(first);
});
