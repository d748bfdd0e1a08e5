import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { afterAll, expect, it } from 'vitest';
import { program } from '../program.ts';
import type { RunSummary } from '../report/run-summary.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

/** Forty short sentences of our own: how many, what, how. */
const SENTENCES = Array.from({ length: 40 }, (_, k) => {
  const isGood = k % 3 === 0;
  return {
    text: `${['One', 'Two', 'Ten'][k % 3]} ${['cups', 'maps', 'pens', 'hats'][k % 4]}, ${isGood ? 'good' : 'bad'} ${k}`,
    translation: `${['Un', 'Deux', 'Dix'][k % 3]} ${['tasses', 'cartes', 'stylos', 'chapeaux'][k % 4]} ${k}`,
    label: isGood ? 'positive' : 'negative',
  };
});

const lines = (line: (sentence: (typeof SENTENCES)[number]) => string): string =>
  SENTENCES.map((sentence) => `${line(sentence)}\n`).join('');
/** A text that has none of the letters of a usual prompt. */
const text = folder.file(
  'text.txt',
  lines(({ label }) => (label === 'positive' ? '三只猫很好' : '两顶帽子不好')),
);
const texts = folder.file('texts.csv', `text,label\n${lines(({ text, label }) => `"${text}",${label}`)}`);
const pairs = folder.file(
  'pairs.tsv',
  lines(({ text, translation }) => `${text}\t${translation}`),
);
const words = (flags: string): string[] => flags.split(' ');

/** The smallest run of each of the three applications. */
const matrix = folder.file(
  'matrix.json',
  JSON.stringify({
    tasks: {
      'char-lm': ['--data', text, ...words('--tie-weights --bptt 8 --batch-size 4')],
      sentiment: [
        '--data',
        texts,
        ...words('--ensemble-size 1 --char-ngram-buckets 50 --no-bag-of-words --no-lexicon'),
      ],
      translate: ['--data', pairs, ...words('--vocab-size 280 --embedding-size 8 --batch-tokens 100')],
    },
    cells: ['gru'],
    hiddenSize: [6],
    seeds: [1],
    equal: 'steps',
    steps: 3,
  }),
);

it('trains, scores and samples on data of one’s own', { timeout: 120_000 }, async () => {
  const out = join(folder.path, 'own');
  const flags = ['--matrix', matrix, '--out', out, ...words('--backend reference --json')];
  const called = await callSuccessfully(program, ['run', ...flags]);
  const { runs } = JSON.parse(called.out) as { runs: RunSummary[] };
  expect(runs.map(({ name }) => name)).toEqual(['char-lm-gru-6-s1', 'sentiment-gru-6-s1', 'translate-gru-6-s1']);
  for (const { score } of runs) expect(score).toBeTypeOf('number');
  const samples = readFileSync(join(out, 'char-lm-gru-6-s1', 'samples.json'), 'utf8');
  expect(JSON.parse(samples)).toMatchObject([{ title: 'generated text', text: expect.stringMatching(/./) }]);
});
