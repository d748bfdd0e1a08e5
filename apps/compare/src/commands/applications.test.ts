import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { afterAll, expect, it } from 'vitest';
import { program } from '../program.ts';
import type { RunSummary } from '../report/run-summary.ts';
import { Comparison } from '../running/comparison.ts';
import { metricHeader } from '../tasks/metric.ts';

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
/** Days of a week that repeats. */
const sales = folder.file(
  'sales.csv',
  Array.from({ length: 90 }, (_, t) => {
    const day = new Date(Date.UTC(2024, 0, 1 + t)).toISOString().slice(0, 10);
    return `${t === 0 ? 'time,value\n' : ''}${day},${100 + 10 * (t % 7) + (t % 5)}\n`;
  }).join(''),
);
const words = (flags: string): string[] => flags.split(' ');

/** The smallest run of each of the applications. */
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
      forecast: ['--data', sales, ...words('--batch-size 4 --lags 1,7 --head direct')],
      'moving-digits': ['--short'],
    },
    cells: ['gru'],
    hiddenSize: [6],
    seeds: [1],
    equal: 'steps',
    steps: 3,
  }),
);

it('trains, scores and samples every application, by its own metric', { timeout: 120_000 }, async () => {
  const out = join(folder.path, 'own');
  const flags = ['--matrix', matrix, '--out', out, ...words('--backend reference --json')];
  const called = await callSuccessfully(program, ['run', ...flags]);
  const { runs } = JSON.parse(called.out) as { runs: RunSummary[] };
  expect(runs.map(({ task, metric }) => `${task}: ${metricHeader(metric)}`)).toEqual([
    'char-lm: validation bits per character ↓',
    'sentiment: test accuracy % ↑',
    'translate: validation chrF2 ↑',
    'forecast: test MASE ↓',
    'moving-digits: test accuracy of the direction % ↑',
  ]);
  for (const run of runs) {
    expect(run.score).toBeTypeOf('number');
    expect(run.tokensPerSecond).toBeGreaterThan(0);
  }
  for (const { curve, name } of Comparison.open(out).summaries())
    expect(curve.at(-1)?.valid, name).toBeGreaterThan(0);
  const samples = readFileSync(join(out, 'char-lm-gru-6-s1', 'samples.json'), 'utf8');
  expect(JSON.parse(samples)).toMatchObject([{ title: 'generated text', text: expect.stringMatching(/./) }]);
});
