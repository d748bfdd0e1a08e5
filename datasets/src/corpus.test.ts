import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCorpus } from './corpus.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-corpus-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test('Moby-Dick: the whole book in three parts, with every character of the last two in the first', async () => {
  const { train, valid, test, attribution } = await readCorpus({ dataset: 'moby-dick' });
  const book = train + valid + test;
  expect(book).toHaveLength(1_191_160);
  expect(book.startsWith('CHAPTER 1. Loomings.\n\nCall me Ishmael.')).toBe(true);
  expect(book).toContain('snow hill in the air.\n\nCHAPTER 2. The Carpet-Bag.\n');
  expect(book.endsWith('only found another orphan.\n')).toBe(true);
  expect(train).toHaveLength(Math.floor(0.9 * book.length));
  const learnt = new Set(train);
  expect(Array.from(valid + test).filter((character) => !learnt.has(character))).toEqual([]);
  expect(attribution).toContain('Herman Melville');
});

test('one’s own text: the last tenth is held out, and the file names the run', async () => {
  const data = put('diary.txt.gz', gzipSync('abcdefghijklmnopqrst'));
  expect(await readCorpus({ data })).toEqual({
    name: 'diary',
    attribution: undefined,
    train: 'abcdefghijklmnopqr',
    valid: 'st',
    test: undefined,
  });
});

test('of a long text, no more is held out than a validation needs', async () => {
  const { train, valid } = await readCorpus({ data: put('long.txt', 'abc\n'.repeat(1_000_000)) });
  expect([train.length, valid.length]).toEqual([3_750_000, 250_000]);
});

test.each(['whales.txt', 'whales.txt.gz'])(
  'of the beginning of %s the same is held out as of the whole',
  async (file) => {
    const text = '🐋 '.repeat(100_000);
    const data = put(file, file.endsWith('gz') ? gzipSync(text) : text);
    const whole = await readCorpus({ data });
    expect(whole.train + whole.valid).toBe(text);
    expect(await readCorpus({ data, maxCharacters: 61 })).toEqual({ ...whole, train: '🐋 '.repeat(20) });
    expect(await readCorpus({ data, maxCharacters: 1e9 })).toEqual(whole);
  },
);

test('of a text far longer than what is trained on, only its beginning and its end are read', async () => {
  const [beginning, end] = ['word '.repeat(50_000), '鯨🐋 '.repeat(200_000)];
  const middle = Buffer.alloc(12_000_000, 0xff); // which is no text
  const data = put('long.txt', Buffer.concat([Buffer.from(beginning), middle, Buffer.from(end)]));
  await expect(readCorpus({ data })).rejects.toThrow('must be UTF-8');
  const { train, valid } = await readCorpus({ data, maxCharacters: 100 });
  expect(train).toBe('word '.repeat(20));
  expect(valid).toBe(end.slice(-250_000));
});

test('a long text whose end is damaged: the line says where', async () => {
  const data = put('damaged.txt', Buffer.concat([Buffer.from('word\n'.repeat(3_000_000)), Buffer.from([0xff])]));
  await expect(readCorpus({ data, maxCharacters: 100 })).rejects.toThrow(
    `${data}: must be UTF-8, got 0xFF at byte 15,000,000, line 3,000,001`,
  );
});

test('one’s own held-out text', async () => {
  const { train, valid } = await readCorpus({ data: put('a.txt', 'learn'), valid: put('b.txt', 'judge') });
  expect([train, valid]).toEqual(['learn', 'judge']);
});

test('a character of two halves is never cut', async () => {
  const { train, valid } = await readCorpus({ data: put('whales.txt', '🐋'.repeat(5)) });
  expect([train, valid]).toEqual(['🐋'.repeat(4), '🐋']);
});

test.each([
  [{}, '--dataset or --data must be given, got neither; give --dataset NAME or --data FILE'],
  [
    { dataset: 'moby-dick', valid: 'b.txt' },
    '--valid must be given together with --data, got --valid alone; add --data FILE',
  ],
  [
    { dataset: 'uci-sentences' },
    '--dataset must be one of moby-dick, time-machine, tiny-shakespeare, got uci-sentences, which is for text classification',
  ],
  [{ data: 'nowhere.txt' }, 'cannot read nowhere.txt: no such file or folder (ENOENT)'],
])('%j', async (options, message) => {
  await expect(readCorpus(options)).rejects.toThrow(message);
});

test('a text of one character cannot be split', async () => {
  const data = put('a.txt', 'a');
  await expect(readCorpus({ data })).rejects.toThrow(`${data}: must be long enough to split, got a single character`);
});
