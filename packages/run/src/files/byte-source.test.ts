import { Rng } from '@unroll/rnn-core';
import { expect, test } from 'vitest';
import { readPieces } from './byte-source.ts';
import { decodeText } from './text-file.ts';

const inChunks = (text: string, size: number) => {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, k) => bytes.subarray(k * size, (k + 1) * size));
};

async function pieces(chunks: Iterable<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of readPieces({ name: 'f', chunks })) all.push(piece);
  return all;
}

test.each([1, 2, 3, 7, 50])(
  'the pieces of a text in chunks of %i bytes are the text, and whole characters',
  async (size) => {
    const rng = Rng.seeded(size);
    const parts = ['a', ' ', '  ', 'e\u0301', ' \u0301', '🐋', '👩\u200d🚀', '\r', '\n', '\r\n', '語'];
    const text = Array.from({ length: 400 }, () => parts[rng.integer(parts.length)]).join('');
    const read = await pieces(inChunks(text, size));
    const whole = decodeText(Buffer.from(text), 'f');
    expect(read.join('')).toBe(whole);
    const graphemes = (text: string) => [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);
    expect(read.flatMap(graphemes)).toEqual(graphemes(whole));
  },
);

test('a line without end is cut at blanks, and no more is read than is asked for', async () => {
  function* endless(): Generator<Uint8Array> {
    for (;;) yield Buffer.from('word '.repeat(10_000));
  }
  const source = readPieces({ name: 'f', chunks: endless() });
  for (let k = 0; k < 3; k++) expect((await source.next()).value).toMatch(/^ ?word[ word]{49990,}word$/);
  await source.return(undefined);
});

test.each([
  ['', 'f: must hold text, got an empty file'],
  ['\ufeff', 'f: must hold text, got nothing but a byte order mark'],
])('of %j: one line', async (text, message) => {
  await expect(pieces(inChunks(text, 10))).rejects.toThrow(message);
});
