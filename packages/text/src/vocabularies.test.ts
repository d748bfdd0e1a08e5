import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AlphabetVocabulary } from './alphabet-vocabulary.ts';
import { ByteVocabulary } from './byte-vocabulary.ts';
import { DataError } from './data-error.ts';
import { vocabularyFromJson, vocabularyFromText } from './vocabularies.ts';
import type { CharacterUnit } from './vocabulary.ts';

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
  test('decodes any string of its alphabet, as a whole and as a stream', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const vocab = vocabularyFromText(text, unit);
        const ids = vocab.encode(text);
        expect(vocab.decode(ids)).toBe(text);
        expect(ids.every((id) => id >= 0 && id < vocab.size && id !== vocab.unknownId)).toBe(true);
        const stream = vocab.streamDecoder();
        expect([...ids].map((id) => stream.push(id)).join('') + stream.end()).toBe(text);
        expect(vocab.encodeWithFallback(text).fallback.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('encodes any other string without loss, what it does not hold in bytes', () => {
    fc.assert(
      fc.property(nasty, nasty, (training, text) => {
        const vocab = vocabularyFromText(training, unit);
        const encoded = vocab.encodeWithFallback(text);
        const { ids, fallback } = encoded;
        expect(ids).toStrictEqual(vocab.encode(text));
        expect(vocab.decode(ids, fallback)).toBe(text);
        const stream = vocab.streamDecoder(fallback);
        expect([...ids].map((id) => stream.push(id)).join('') + stream.end()).toBe(text);

        const unknown = [...ids.keys()].filter((position) => ids[position] === vocab.unknownId);
        expect([...fallback.keys()]).toStrictEqual(unknown);
        for (const character of fallback.values()) expect(Array.from(character)).toHaveLength(1);
        expect(encoded.characters).toBe(Array.from(text).length);
      }),
      { numRuns: 300 },
    );
  });

  test('survives JSON', () => {
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

  test('refuses ids out of range', () => {
    const vocab = vocabularyFromText('ab', unit);
    for (const id of [-1, vocab.size, 0.5, Number.NaN]) {
      expect(() => vocab.decode([id])).toThrow(DataError);
      expect(() => vocab.streamDecoder().push(id)).toThrow(`[0, ${vocab.size})`);
    }
  });
});

describe('ByteVocabulary', () => {
  test('is UTF-8', () => {
    expect([...new ByteVocabulary().encode('aé€😀')]).toStrictEqual([
      97, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80,
    ]);
  });

  test('streams a character with its last byte, and an incomplete one as U+FFFD', () => {
    const stream = new ByteVocabulary().streamDecoder();
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
    const vocab = new ByteVocabulary();
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const stream = vocab.streamDecoder();
        expect(Array.from(bytes, (byte) => stream.push(byte)).join('') + stream.end()).toBe(vocab.decode(bytes));
      }),
    );
  });
});

describe('AlphabetVocabulary', () => {
  test('has one id per character, in order, after the unknown id', () => {
    const vocab = AlphabetVocabulary.fromText('banana', 'codepoint');
    expect(vocab.alphabet).toStrictEqual(['a', 'b', 'n']);
    expect([...vocab.encode('banxa')]).toStrictEqual([2, 1, 3, 0, 1]);
    expect(vocab.decode([2, 0, 1])).toBe('b\ufffda');
  });

  test('spells a grapheme that it does not hold in its code points, and in bytes only what it has no id for', () => {
    const vocab = AlphabetVocabulary.fromText('e\u0301a\u{1f469}', 'grapheme');
    expect(vocab.alphabet).toStrictEqual(['a', 'e\u0301', '\u{1f469}']);
    const { ids, fallback } = vocab.encodeWithFallback('e\u0301a\u0301\u{1f469}\u200d\u{1f467}');
    expect([...ids]).toStrictEqual([2, 1, 0, 3, 0, 0]);
    expect([...fallback]).toStrictEqual([
      [2, '\u0301'],
      [4, '\u200d'],
      [5, '\u{1f467}'],
    ]);
  });

  test('spells in bytes exactly the code points that the training text does not hold', () => {
    fc.assert(
      fc.property(nasty, nasty, (training, text) => {
        const { fallback } = AlphabetVocabulary.fromText(training, 'codepoint').encodeWithFallback(text);
        const known = new Set(training);
        expect([...fallback.values()]).toStrictEqual(Array.from(text).filter((character) => !known.has(character)));
      }),
    );
  });

  test('reports how many characters are spelled in bytes, and adds ln 256 nats for each byte', () => {
    const vocab = AlphabetVocabulary.fromText('ab', 'codepoint');
    const encoded = vocab.encodeWithFallback('a$é€😀b');
    expect(encoded.fallbackRate).toBeCloseTo(4 / 6, 12);
    const nats = Float64Array.of(1, 2, 3, 4, 5, 6);
    encoded.addFallbackNats(nats);
    const byte = Math.log(256);
    expect([...nats]).toStrictEqual([1, 2 + byte, 3 + 2 * byte, 4 + 3 * byte, 5 + 4 * byte, 6]);
    expect(encoded.fallbackNats).toBeCloseTo(10 * byte, 12);
    expect(vocab.encodeWithFallback('')).toMatchObject({ fallbackRate: 0, fallbackNats: 0, characters: 0 });
  });

  test('assigns all characters together at most the probability of the unknown id', () => {
    const vocab = AlphabetVocabulary.fromText('', 'codepoint');
    let probability = 0;
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++)
      if (codePoint < 0xd800 || codePoint > 0xdfff)
        probability += Math.exp(-vocab.encodeWithFallback(String.fromCodePoint(codePoint)).fallbackNats);
    expect(probability).toBeGreaterThan(0.5);
    expect(probability).toBeLessThan(1);
  });

  test('cuts graphemes as the segmenter does on the whole text, wherever its slices fall', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const whole = (text: string) =>
      [...new Set(Array.from(segmenter.segment(text), ({ segment }) => segment))].sort();
    const long = fc.tuple(fc.nat(130), nasty).map(([pad, text]) => 'x'.repeat(pad) + text);
    fc.assert(
      fc.property(long, (text) => {
        expect(AlphabetVocabulary.fromText(text, 'grapheme').alphabet).toStrictEqual(whole(text));
      }),
      { numRuns: 500 },
    );
    const zalgo = `a${'\u0301'.repeat(1000)}b`;
    expect(AlphabetVocabulary.fromText(zalgo, 'grapheme').alphabet).toStrictEqual(whole(zalgo));
  });

  test.each<[unknown, string]>([
    [{ unit: 'codepoint', alphabet: ['ab'] }, 'one codepoint per entry, got "ab"'],
    [{ unit: 'codepoint', alphabet: [''] }, 'one codepoint per entry, got ""'],
    [{ unit: 'grapheme', alphabet: ['a', 'a'] }, 'each grapheme once, got 2 entries with 1 different'],
    [{ unit: 'word' }, 'got {"unit":"word"}'],
    [{ unit: 'codepoint', alphabet: [1] }, 'must be'],
    [undefined, 'got undefined'],
  ])('refuses the JSON %j', (json, message) => {
    expect(() => vocabularyFromJson(json)).toThrow(message);
    expect(() => vocabularyFromJson(json)).toThrow(DataError);
  });
});
