import { splitByHash } from '@unroll/datasets';
import { TestFolder } from '@unroll/run/testing';
import { afterAll, expect, test } from 'vitest';
import { readOwn, readParallel } from './pairs.ts';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const ENDS = ['\n', '\r\n', '\r', '\n'];
const each = (of: (k: number) => string): string =>
  Array.from({ length: 40 }, (_, k) => of(k) + (ENDS[k % ENDS.length] ?? '')).join('');

test('a file of pairs with mixed line ends has one a line', async () => {
  const pairs = await readOwn({
    data: folder.file(
      'mixed.tsv',
      each((k) => `cat ${k}\tchat ${k}`),
    ),
  });
  expect(pairs).toHaveLength(40);
  expect(pairs.at(-1)).toEqual({ source: 'cat 39', target: 'chat 39', line: 40 });
});

test('two files with different line ends stay aligned, and accents are composed', async () => {
  const source = folder.file(
    'source.txt',
    each((k) => `tea ${k}`),
  );
  const target = folder.file('target.txt', each((k) => `the\u0301 ${k}`).replaceAll(/\r\n?/g, '\n'));
  const pairs = await readOwn({ source, target });
  expect(pairs).toHaveLength(40);
  expect(pairs.at(-1)).toEqual({ source: 'tea 39', target: 'th\u00e9 39', line: 40 });
});

test('of many pairs about 2,000 are held out', async () => {
  const lines = Array.from({ length: 45_000 }, (_, k) => `cat ${k}\tchat ${k}\n`).join('');
  const { valid } = await readParallel({ data: folder.file('many.tsv', lines) });
  expect(Math.abs(valid.length - 2000)).toBeLessThan(200);
});

test('of ten pairs or more one is held out, wherever their hashes put them', async () => {
  const all = Array.from({ length: 100 }, (_, k) => `cat ${k}`);
  const train = all.filter((source) => splitByHash(source, { valid: 0.05, test: 0 }) === 'train').slice(0, 50);
  const data = folder.file('fifty.tsv', train.map((source) => `${source}\tchat\n`).join(''));
  const parts = await readParallel({ data });
  expect([parts.train, parts.valid].map(({ length }) => length)).toEqual([49, 1]);
});
