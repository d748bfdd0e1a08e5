import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Dataset } from './dataset.ts';
import { readAligned, readDatasetRecords, splitAllByHash, splitByHash } from './records.ts';

async function readAll(name: string) {
  const splits = { train: [] as string[], valid: [] as string[], test: [] as string[] };
  const dataset = Dataset.open(name);
  const first: Record<string, string>[] = [];
  for (const split of ['train', 'valid', 'test'] as const)
    for await (const { values } of readDatasetRecords(dataset, split)) {
      splits[split].push(Object.values(values)[0] ?? '');
      first.push(values);
    }
  return { splits, records: first };
}

test('the sentences are 3,000, labelled 0 and 1 in equal parts, and none is on two sides', async () => {
  const { splits, records } = await readAll('uci-sentences');
  expect(records).toHaveLength(3000);
  expect(records.filter(({ label }) => label === '1')).toHaveLength(1500);
  const sides = [splits.train, splits.valid, splits.test].map((texts) => new Set(texts));
  for (const [i, a] of sides.entries())
    for (const b of sides.slice(i + 1)) expect([...a].filter((text) => b.has(text))).toEqual([]);
  expect(splits.train.length / 3000).toBeCloseTo(0.8, 1);
});

test('the compiler’s messages are beside their translations', async () => {
  const { records } = await readAll('typescript-diagnostics-en-fr');
  expect(records.length).toBeGreaterThan(2000);
  expect(records).toContainEqual({
    source: "'{0}' expected.",
    target: "'{0}' attendu.",
  });
});

test('a running text is no set of records', async () => {
  await expect(readDatasetRecords(Dataset.open('moby-dick'), 'train').next()).rejects.toThrow(
    '--dataset must be a set of records, got moby-dick, which is a running text',
  );
});

test('nor are recordings', async () => {
  await expect(readDatasetRecords(Dataset.open('free-spoken-digits'), 'train').next()).rejects.toThrow(
    'got free-spoken-digits, which is recordings',
  );
});

test('a text is always on the same side', () => {
  // sha256 begins with these 32 bits, and their last decimal digit decides: 7 is late, 0 is early.
  const sides = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => splitByHash(text, { valid: 0.2, test: 0.3 }));
  const digits = [0xca978112, 0x3e23e816, 0x2e7d2c03, 0x18ac3e73, 0x3f79bb7b, 0x252f10c8].map((bits) => bits % 10);
  expect(sides).toEqual(digits.map((digit) => (digit >= 7 ? 'test' : digit >= 5 ? 'valid' : 'train')));
  expect(new Set(sides).size).toBe(3);
});

describe('of ten different texts that their hashes put all on the side of training', () => {
  const fractions = { valid: 0.1, test: 0.1 };
  const texts = Array.from({ length: 100 }, (_, k) => `text ${k}`).filter(
    (text) => splitByHash(text, fractions) === 'train',
  );
  const held = (some: readonly string[], of: { valid: number; test: number }) =>
    [...splitAllByHash(some, of)].filter(([, side]) => side !== 'train').map(([text, side]) => `${side}: ${text}`);

  test('each other side gets the nearest one, whatever their order', () => {
    const some = texts.slice(0, 10);
    const [valid = '', tested = ''] = held(some, fractions);
    expect([valid, tested].map((line) => line.replace(/:.*/, '')).sort()).toEqual(['test', 'valid']);
    expect(held(some.toReversed(), fractions).sort()).toEqual([valid, tested].sort());
    const nearest = [valid, tested].map((line) => line.replace(/.*: /, ''));
    // The two are those whose side changes first when the fraction grows.
    const byFraction = (test: number) => some.filter((text) => splitByHash(text, { valid: 0, test }) === 'test');
    const first = Array.from({ length: 1000 }, (_, k) => byFraction(k / 1000)).find(({ length }) => length >= 2);
    expect(nearest.sort()).toEqual(first?.sort());
  });

  test('a side without a fraction stays empty', () => {
    expect(held(texts.slice(0, 10), { valid: 0.1, test: 0 })).toEqual([expect.stringMatching(/^valid: /)]);
  });

  test('but not of nine, and no text moves where no side is empty', () => {
    expect(held([...texts.slice(0, 9), ...texts.slice(0, 9)], fractions)).toEqual([]);
    const many = Array.from({ length: 100 }, (_, k) => `text ${k}`);
    expect([...splitAllByHash(many, fractions).values()]).toEqual(many.map((text) => splitByHash(text, fractions)));
  });
});

const source = (name: string, text: string) => ({ name, chunks: Readable.from([Buffer.from(text)]) });

describe('aligned files', () => {
  test('give a record a line', async () => {
    const records = [];
    for await (const record of readAligned(
      [source('a.en', 'one\r\ntwo\n'), source('a.fr', 'un\ndeux')],
      ['source', 'target'],
    ))
      records.push(record);
    expect(records).toEqual([
      { line: 1, values: { source: 'one', target: 'un' } },
      { line: 2, values: { source: 'two', target: 'deux' } },
    ]);
  });

  test('of different length name the first line that is missing', async () => {
    const records = readAligned([source('a.en', 'one\ntwo\n'), source('a.fr', 'un\n')], ['source', 'target']);
    await records.next();
    await expect(records.next()).rejects.toThrow(
      'a.en and a.fr: must have the same number of lines, but a.fr ends before line 2',
    );
  });
});
