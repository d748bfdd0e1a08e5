import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AlphabetVocab } from './alphabet-vocab.ts';
import { ByteVocab } from './byte-vocab.ts';
import { DataError } from './data-error.ts';
import { type CharacterUnit, vocabularyFromJson, vocabularyFromText } from './vocabulary.ts';

const UNITS: CharacterUnit[] = ['byte', 'codepoint', 'grapheme'];

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom('a', '\r', '\n', '\u0301', '\u200d', '👩', '🇫', '\u{e0101}', '\ufeff', '각', 'ᆨ'),
    maxLength: 400,
  }),
);

describe.each(UNITS)('a %s vocabulary', (unit) => {
  test('gives back any string of its alphabet, whole and as a stream', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const vocab = vocabularyFromText(text, unit);
        const ids = vocab.encode(text);
        expect(vocab.decode(ids)).toBe(text);
        expect(ids.every((id) => id >= 0 && id < vocab.size && id !== vocab.unknownId)).toBe(true);
        const stream = vocab.streamDecoder();
        expect([...ids].map((id) => stream.push(id)).join('') + stream.end()).toBe(text);
        expect(vocab.unknowns(text).size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same after JSON', () => {
    const text = 'naïve 👩‍👩‍👧 e\u0301\r\n';
    const vocab = vocabularyFromText(text, unit);
    const again = vocabularyFromJson(JSON.parse(JSON.stringify(vocab)));
    expect(again).toStrictEqual(vocab);
    expect(again.encode(text)).toStrictEqual(vocab.encode(text));
  });

  test('names the first lone surrogate', () => {
    const vocab = vocabularyFromText('ab', unit);
    for (const [text, position, name] of [
      ['ab\ud83d', 2, 'D83D'],
      ['\udc00b', 0, 'DC00'],
      ['😀\ud800\ud800', 2, 'D800'],
    ] as const) {
      expect(() => vocab.encode(text)).toThrow(expect.objectContaining({ name: 'DataError', position }));
      expect(() => vocab.encode(text)).toThrow(`lone surrogate U+${name} at ${position}`);
    }
  });

  test('refuses ids that are none', () => {
    const vocab = vocabularyFromText('ab', unit);
    for (const id of [-1, vocab.size, 0.5, Number.NaN]) {
      expect(() => vocab.decode([id])).toThrow(DataError);
      expect(() => vocab.streamDecoder().push(id)).toThrow(`[0, ${vocab.size})`);
    }
  });
});

describe('ByteVocab', () => {
  test('is UTF-8', () => {
    expect([...new ByteVocab().encode('aé€😀')]).toStrictEqual([
      97, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80,
    ]);
  });

  test('streams a character when its last byte comes, and what never ends as U+FFFD', () => {
    const stream = new ByteVocab().streamDecoder();
    expect([0xf0, 0x9f, 0x98, 0x80, 0x61, 0xe2, 0x82].map((byte) => stream.push(byte))).toStrictEqual([
      '',
      '',
      '',
      '😀',
      'a',
      '',
      '',
    ]);
    expect(stream.end()).toBe('\ufffd');
    expect(stream.end()).toBe('');
  });

  test('decodes any bytes alike whole and as a stream', () => {
    const vocab = new ByteVocab();
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const stream = vocab.streamDecoder();
        expect(Array.from(bytes, (byte) => stream.push(byte)).join('') + stream.end()).toBe(vocab.decode(bytes));
      }),
    );
  });
});

describe('AlphabetVocab', () => {
  test('has one id a character, in order, after the unknown', () => {
    const vocab = AlphabetVocab.fromText('banana', 'codepoint');
    expect(vocab.alphabet).toStrictEqual(['a', 'b', 'n']);
    expect([...vocab.encode('banxa')]).toStrictEqual([2, 1, 3, 0, 1]);
    expect(vocab.decode([2, 0, 1])).toBe('b\ufffda');
  });

  test('counts what it does not know', () => {
    const vocab = AlphabetVocab.fromText('abc', 'codepoint');
    expect([...vocab.unknowns('a😀zb😀')]).toStrictEqual([
      ['😀', 2],
      ['z', 1],
    ]);
  });

  test('cuts graphemes as the segmenter does on the whole text, wherever its slices fall', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const whole = (text: string) =>
      [...new Set(Array.from(segmenter.segment(text), ({ segment }) => segment))].sort();
    const long = fc.tuple(fc.nat(130), nasty).map(([pad, text]) => 'x'.repeat(pad) + text);
    fc.assert(
      fc.property(long, (text) => {
        expect(AlphabetVocab.fromText(text, 'grapheme').alphabet).toStrictEqual(whole(text));
      }),
      { numRuns: 500 },
    );
    const zalgo = `a${'\u0301'.repeat(1000)}b`;
    expect(AlphabetVocab.fromText(zalgo, 'grapheme').alphabet).toStrictEqual(whole(zalgo));
  });

  test.each<[unknown, string]>([
    [{ unit: 'codepoint', alphabet: ['ab'] }, 'one codepoint an entry, got "ab"'],
    [{ unit: 'codepoint', alphabet: [''] }, 'one codepoint an entry, got ""'],
    [{ unit: 'grapheme', alphabet: ['a', 'a'] }, 'each grapheme once, got 2 with 1 different'],
    [{ unit: 'word' }, 'got {"unit":"word"}'],
    [{ unit: 'codepoint', alphabet: [1] }, 'must be'],
    [undefined, 'got undefined'],
  ])('refuses the JSON %j', (json, message) => {
    expect(() => vocabularyFromJson(json)).toThrow(message);
    expect(() => vocabularyFromJson(json)).toThrow(DataError);
  });
});
