import { Tokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpeTokenizer } from './bpe.ts';
import { type BpeModel, trainBpe } from './bpe-training.ts';
import { preTokenize } from './byte-level.ts';
import { DataError } from './data-error.ts';

const CORPUS = [
  'the red boat and the blue boat',
  "the boats aren't red, they're blue!",
  'une barque bleue près de la barque rouge',
  'déjà vu: l’été, 1234 barques… 👩‍👩‍👧 и лодки 船',
  '  blanks   and\ttabs\n',
];
const SPECIAL_TOKENS = ['<pad>', '<s>', '</s>'];
const train = (addPrefixSpace: boolean, vocabSize = 340): BpeTokenizer =>
  BpeTokenizer.train([...CORPUS, ...CORPUS], { vocabSize, specialTokens: SPECIAL_TOKENS, addPrefixSpace });
const plain = (tokenizer: BpeTokenizer): unknown => JSON.parse(JSON.stringify(tokenizer));

/** Any string, many with pretokens of the training text in them. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...CORPUS.flatMap((text) => preTokenize(text, 'words')), '<s>', ' ', '\ufeff'),
    ),
  )
  .map((parts) => parts.join(''));

/** A source that goes through the words of a list again and again. */
const words = (...list: number[]) => {
  let k = 0;
  return { uint32: () => list[k++ % list.length] as number };
};

const generator = (seed: number) => ({ uint32: () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) });

const mergesOf = ({ merges, tokens }: BpeModel) => merges.map((pair) => pair.map((id) => tokens[id]));

describe('trainBpe', () => {
  it('merges the most frequent pair first, the one with the lower ids where two are equal', () => {
    // ab: 3 times; then (ab, ab) and (ab, c) once each, too rarely.
    const rare = trainBpe(['abab', 'abc'], { vocabSize: 300 });
    expect(mergesOf(rare)).toStrictEqual([['a', 'b']]);
    const tied = trainBpe(['cd ab', 'cd ab'], { vocabSize: 258 });
    expect(mergesOf(tied)).toStrictEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('learns what counting everything anew before each merge would', () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 30 }));
    fc.assert(
      fc.property(lines, (given) => {
        expect(trainBpe(given, { vocabSize: 270 }).merges).toStrictEqual(slowMerges(given, 270));
      }),
    );
  });

  it.each([
    ['one letter', () => 'a'],
    ['letters at random', (draw: () => number) => String.fromCharCode(97 + (draw() % 26))],
    ['characters of three bytes', (draw: () => number) => String.fromCharCode(0x4e00 + (draw() % 500))],
  ])(
    'learns from one huge word and encodes it in a second, not in the minutes of quadratic time: %s',
    (_of, next) => {
      const { uint32 } = generator(1);
      const word = Array.from({ length: 100_000 }, () => next(() => uint32() >>> 8)).join('');
      const tokenizer = BpeTokenizer.train([word], { vocabSize: 2000 });
      expect(tokenizer.decode(tokenizer.encode(word))).toBe(word);
    },
  );

  it('lets no text turn into a special token', () => {
    const text = '</s> '.repeat(50);
    const tokenizer = BpeTokenizer.train([text], { vocabSize: 300, specialTokens: SPECIAL_TOKENS });
    expect([...tokenizer.encode(text)].filter((id) => id < SPECIAL_TOKENS.length)).toStrictEqual([]);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('says what is wrong', () => {
    expect(() => trainBpe([], { vocabSize: 100 })).toThrow(
      'vocabSize must be at least 256, the bytes and special tokens',
    );
    expect(() => trainBpe(['a\ud800'], { vocabSize: 300 })).toThrow('lone surrogate U+D800');
  });
});

function slowMerges(lines: readonly string[], size: number): number[][] {
  const bytes = new BpeTokenizer(trainBpe([], { vocabSize: 256 }));
  const tokens = [...trainBpe([], { vocabSize: 256 }).tokens];
  const pretokens = lines
    .flatMap((line) => preTokenize(line, 'words'))
    .map((pretoken) => Array.from(bytes.encode(pretoken)));
  const learnt: number[][] = [];
  while (tokens.length < size) {
    const counts = new Map<string, number>();
    for (const pretoken of pretokens)
      for (const [k, right] of pretoken.slice(1).entries()) {
        const pair = `${pretoken[k]} ${right}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    const ranked = Array.from(counts, ([pair, count]) => [count, ...pair.split(' ').map(Number)]);
    ranked.sort(([m = 0, a = 0, b = 0], [n = 0, c = 0, d = 0]) => n - m || a - c || b - d);
    const [count = 0, left, right] = ranked[0] ?? [];
    if (count < 2) break;
    learnt.push([left!, right!]);
    const joined = `${tokens[left!]}${tokens[right!]}`;
    const id = tokens.includes(joined) ? tokens.indexOf(joined) : tokens.push(joined) - 1;
    for (const pretoken of pretokens)
      for (let k = 0; k + 1 < pretoken.length; k++)
        if (pretoken[k] === left && pretoken[k + 1] === right) pretoken.splice(k, 2, id);
  }
  return learnt;
}

it('cuts a text by the rules of no language, or as GPT-2 does', () => {
  const text = "Aujourd'hui, d’une 'vieille' e\u0301cole don't 12";
  expect(preTokenize(text, 'words').join('|')).toBe("Aujourd'|hui|,| d’|une| '|vieille|'| e\u0301cole| don'|t| 12");
  expect(preTokenize("l'été don't", 'gpt2').join('|')).toBe("l|'|été| don|'t");
});

const gpt2 = (addPrefixSpace: boolean): BpeTokenizer =>
  new BpeTokenizer(
    { ...trainBpe([...CORPUS, ...CORPUS], { vocabSize: 340, specialTokens: SPECIAL_TOKENS }), preTokenizer: 'gpt2' },
    { addPrefixSpace },
  );

describe.each([
  ['', train(false)],
  ['with leading blank', train(true)],
  ['with the pretokens of GPT-2', gpt2(false)],
])('BpeTokenizer %s', (_name, tokenizer) => {
  it('gives back any string', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(Math.max(0, ...ids)).toBeLessThan(tokenizer.size);
      }),
    );
  });

  it('has the ids and the text of Hugging Face tokenizers, for any string that names no special token', () => {
    const theirs = new Tokenizer(plain(tokenizer), {});
    const blanks = fc.stringMatching(/^[ \u0085\ufeff]{2,4}$/);
    const unspecial = fc
      .oneof(anyText, blanks)
      .map((text) => text.replaceAll('<s>', ''))
      .filter((text) => text !== '');
    fc.assert(
      fc.property(fc.oneof(unspecial, fc.constantFrom(...CORPUS)), (text) => {
        const { ids } = theirs.encode(text);
        expect([...tokenizer.encode(text)]).toStrictEqual([...ids]);
        const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false };
        expect(theirs.decode([...ids], options)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same after a round trip through tokenizer.json, whichever way its merges are written', () => {
    const file = plain(tokenizer) as { model: { merges: string[] | string[][] } };
    expect(plain(BpeTokenizer.fromJson(file))).toStrictEqual(file);
    const pairs = structuredClone(file);
    pairs.model.merges = (file.model.merges as string[]).map((merge) => merge.split(' '));
    const copy = BpeTokenizer.fromJson(pairs);
    expect(plain(copy)).toStrictEqual(file);
    for (const text of CORPUS) expect(copy.encode(text)).toStrictEqual(tokenizer.encode(text));
  });
});

describe('BpeTokenizer', () => {
  const tokenizer = train(false);

  it('knows special tokens by name, and never makes one from text', () => {
    expect([...tokenizer.encode('a</s>b<pad>')].some((id) => id < SPECIAL_TOKENS.length)).toBe(false);
    expect(tokenizer.idOf('</s>')).toBe(2);
    expect(tokenizer.textOf(2)).toBe('</s>');
    expect(tokenizer.decode([1, ...tokenizer.encode('boat'), 2])).toBe('boat');
  });

  it('shows tokens as text, a part of a character as U+FFFD', () => {
    expect(Array.from(tokenizer.encode(' boat'), (id) => tokenizer.textOf(id)).join('')).toBe(' boat');
    expect(Array.from(tokenizer.encode('𝄞'), (id) => tokenizer.textOf(id))).toStrictEqual(Array(4).fill('\ufffd'));
  });

  it('spells with fewer merges under dropout, and gives back the text all the same', () => {
    const text = CORPUS[0] as string;
    const all = tokenizer.encode(text);
    const none = tokenizer.encode(text, { rate: 0.999_999, random: words(0) });
    const some = tokenizer.encode(text, { rate: 0.5, random: words(0, 2 ** 32 - 1, 2 ** 31) });
    expect(none.length).toBe(text.length); // bytes
    expect(some.length).toBeGreaterThan(all.length);
    expect(some.length).toBeLessThan(none.length);
    for (const ids of [none, some]) expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.encode(text, { rate: 0, random: words(0) })).toStrictEqual(all);
    const seeds = [1, 2, 3, 4, 5, 1].map((seed) =>
      tokenizer.encode(text, { rate: 0.3, random: generator(seed) }).join(),
    );
    expect(new Set(seeds).size).toBeGreaterThan(3);
    expect(seeds[5]).toBe(seeds[0]);
  });

  it('learns from, and joins, a word of fifty thousand letters without losing time', () => {
    const random = generator(3);
    const text = Array.from({ length: 50_000 }, () => 'abcdefghij'[random.uint32() >>> 29]).join('');
    const start = performance.now();
    expect(trainBpe([text], { vocabSize: 330 }).merges).toHaveLength(74); // half a minute if each merge searched all of it
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('says what is wrong', () => {
    expect(() => tokenizer.encode('a\uD800')).toThrow(expect.objectContaining({ name: 'DataError', position: 1 }));
    expect(() => tokenizer.decode([340])).toThrow('ids must be integers in [0, 340), got 340');
    expect(() => tokenizer.idOf('<mask>')).toThrow('token must be in the vocabulary, got "<mask>"');
  });

  it('refuses a vocabulary that lacks a byte, a merge without its result, a token that is no text', () => {
    const { tokens, merges, ...rest } = trainBpe(CORPUS, { vocabSize: 270, specialTokens: SPECIAL_TOKENS });
    expect(() => new BpeTokenizer({ tokens: tokens.slice(0, 99), merges: [], ...rest })).toThrow('all 256 bytes');
    expect(() => new BpeTokenizer({ tokens: tokens.slice(0, 259), merges, ...rest })).toThrow(
      'merge 0 must concatenate',
    );
    expect(() => new BpeTokenizer({ tokens: ['東'], merges, ...rest })).toThrow('byte characters, got "東"');
  });

  type File = Record<string, Record<string, unknown>>;
  it.each<[string, (file: File) => unknown, string]>([
    [
      'another normalizer',
      (file) => Object.assign(file, { normalizer: { type: 'NFC' } }),
      'normalizer.type must be "Prepend" or absent, got "NFC"',
    ],
    [
      'a prefix space',
      (file) => Object.assign(file, { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }),
      'pre_tokenizer.add_prefix_space must be false, got true',
    ],
    [
      'pretokens cut by another pattern',
      (file) => Object.assign((file['pre_tokenizer'] as never)['pretokenizers'][0], { pattern: { Regex: '.' } }),
      'pre_tokenizer.pretokenizers.0.pattern.Regex must be " ?[',
    ],
    [
      'another pre-tokenizer',
      (file) => delete file['pre_tokenizer'],
      'pre_tokenizer.type must be "ByteLevel", got nothing',
    ],
    ['another model', (file) => (file['model']!['type'] = 'WordPiece'), 'model.type must be "BPE", got "WordPiece"'],
    [
      'a gap in its ids',
      (file) => Object.assign(file['model']!['vocab'] as object, { '!': 9999 }),
      'got 9999 for "!"',
    ],
    [
      'an id twice',
      (file) => Object.assign(file['model']!['vocab'] as object, { '!': 4 }),
      'must number its 340 tokens from 0 on',
    ],
    [
      'a merge of no tokens',
      (file) => (file['model']!['merges'] = ['x y z']),
      'model.merges[0] must be two tokens, got "x y z"',
    ],
    [
      'added words',
      (file) => Object.assign(file, { added_tokens: [{ id: 0, content: 'x', special: false }] }),
      'must be special tokens',
    ],
    ['no vocabulary', (file) => delete file['model']!['vocab'], 'model.merges[0] must be two tokens'],
  ])('reads no tokenizer.json with %s', (_name, spoil, message) => {
    const file = plain(tokenizer) as File;
    spoil(file);
    expect(() => BpeTokenizer.fromJson(file)).toThrow(message);
    expect(() => BpeTokenizer.fromJson(file)).toThrow(DataError);
  });
});
