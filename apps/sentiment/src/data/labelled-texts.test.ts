import { splitByHash } from '@unroll/datasets';
import { TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { csv, toyReviews } from '../commands/toy.fixture.ts';
import { readLabelledTexts } from './labelled-texts.ts';

const columns = { textColumn: 'text', labelColumn: 'label' };

test('no text is in two splits, however often it occurs', async () => {
  using folder = new TestFolder();
  const reviews = toyReviews(400);
  const data = folder.file('twice.csv', csv([...reviews, ...reviews]));
  const { train, valid, test: tested } = await readLabelledTexts({ data, ...columns });
  const parts = [train, valid, tested].map((part) => new Set(part.map(({ text }) => text)));
  expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(new Set(reviews.map(({ text }) => text)).size);
  expect(train.length).toBeGreaterThan(500);
  expect(valid.length).toBeGreaterThan(20);
});

test('of many texts about 2,000 are for validation and as many for testing', async () => {
  using folder = new TestFolder();
  const reviews = Array.from({ length: 25_000 }, (_, k) => ({ text: `text ${k}`, label: String(k % 2) }));
  const { valid, test: tested } = await readLabelledTexts({
    data: folder.file('many.csv', csv(reviews)),
    ...columns,
  });
  for (const { length } of [valid, tested]) expect(Math.abs(length - 2000)).toBeLessThan(200);
});

test('of ten texts or more some are held out, wherever their hashes put them', async () => {
  using folder = new TestFolder();
  const texts = Array.from({ length: 100 }, (_, k) => `text ${k}`);
  const train = texts.filter((text) => splitByHash(text, { valid: 0.1, test: 0.1 }) === 'train').slice(0, 12);
  const data = folder.file('twelve.csv', csv(train.map((text, k) => ({ text, label: String(k % 2) }))));
  const parts = await readLabelledTexts({ data, ...columns });
  expect([parts.train, parts.valid, parts.test].map(({ length }) => length)).toEqual([10, 1, 1]);
});

test('held-out texts are removed from the training texts', async () => {
  using folder = new TestFolder();
  const reviews = toyReviews(90);
  const [data, valid] = [folder.file('all.csv', csv(reviews)), folder.file('some.csv', csv(reviews.slice(0, 30)))];
  const texts = await readLabelledTexts({ data, valid, ...columns });
  const held = new Set(texts.valid.map(({ text }) => text));
  expect(texts.valid).toHaveLength(30);
  expect(texts.test).toBe(texts.valid);
  expect(texts.train.some(({ text }) => held.has(text))).toBe(false);
});

test('too few different texts for every part: how many there are, and how many differ', async () => {
  using folder = new TestFolder();
  const few = toyReviews(4);
  const data = folder.file('few.csv', csv(Array.from({ length: 50 }, () => few).flat()));
  await expect(readLabelledTexts({ data, ...columns })).rejects.toThrow(
    /few\.csv: must have texts for \w+, got none of 200 texts \(4 different\); give more different texts, or give --valid and --test$/,
  );
  await expect(readLabelledTexts({ data, valid: data, ...columns })).rejects.toThrow(
    'few.csv: must have texts for training that are not held out too, got 200 texts (4 different) that all are; give other texts',
  );
});

test('columns of a file without a header are numbered', async () => {
  using folder = new TestFolder();
  const lines = toyReviews(90).map(({ text, label }) => `${label}\t${text}`);
  const data = folder.file('bare.tsv', `${lines.join('\n')}\n`);
  const texts = await readLabelledTexts({ data, textColumn: '2', labelColumn: '1' });
  expect(texts.train.length + texts.valid.length + texts.test.length).toBe(90);
});

test('blanks around a label are no part of it', async () => {
  using folder = new TestFolder();
  const data = folder.file('blanks.csv', csv(toyReviews(90)).replace(',positive\n', ', positive \n'));
  const { train, valid, test: tested } = await readLabelledTexts({ data, ...columns });
  const labels = new Set([...train, ...valid, ...tested].map(({ label }) => label));
  expect([...labels].sort()).toStrictEqual(['negative', 'positive']);
});

test('a file with mixed line ends is read to its last line', async () => {
  using folder = new TestFolder();
  const lines = csv(toyReviews(90)).split('\n');
  const data = folder.file('mixed.csv', lines.map((line, k) => line + ['\r\n', '\n', '\r'][k % 3]).join(''));
  const { train, valid, test: tested } = await readLabelledTexts({ data, ...columns });
  expect(train.length + valid.length + tested.length).toBe(90);
});

test('a label that only the test file has is an error with its line', async () => {
  using folder = new TestFolder();
  const data = folder.file('plain.csv', csv(toyReviews(90)));
  const tested = folder.file('test.csv', 'text,label\nfine,positive\nso so,neutral\n');
  await expect(readLabelledTexts({ data, test: tested, ...columns })).rejects.toThrow(
    `${tested}: line 3: label must be one of negative, positive, got neutral; the training texts must have texts of every class`,
  );
});

test('the built-in sentences have the split of the published results', async () => {
  const {
    train,
    valid,
    test: tested,
    attribution,
  } = await readLabelledTexts({ dataset: 'uci-sentences', ...columns });
  expect([train.length, valid.length, tested.length].reduce((a, b) => a + b)).toBeLessThanOrEqual(3000);
  expect([valid.length, tested.length]).toStrictEqual([322, 295]);
  expect(attribution).toContain('Kotzias');
});
