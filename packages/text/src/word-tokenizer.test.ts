import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
// @ts-expect-error -- ships no types
import winkTokenizer from 'wink-tokenizer';
import { tokenizeWords } from './word-tokenizer.ts';

const show = (text: string): string[] => tokenizeWords(text).map(({ value, tag }) => `${value}/${tag}`);

const plain = (value: string) => value.replaceAll('’', "'");

describe('tokenizeWords', () => {
  it.each([
    ["I can't!", ['I/word', 'ca/word', "n't/word", '!/punctuation']],
    ['don’t', ['do/word', "n't/word"]],
    ['‘quoted’', ['‘/punctuation', 'quoted/word', '’/punctuation']],
    [
      '@ann #happy :-) 😀👍🏽 <3',
      ['@ann/mention', '#happy/hashtag', ':-)/emoticon', '😀/emoji', '👍🏽/emoji', '<3/emoticon'],
    ],
    ['$9.99 at 10am, 2nd', ['$/currency', '9.99/number', 'at/word', '10am/time', ',/punctuation', '2nd/ordinal']],
    ['x@y.com http://a.bc/d', ['x@y.com/email', 'http://a.bc/d/url']],
    ['Œuvre świetny très', ['Œuvre/word', 'świetny/word', 'très/word']],
    ['Привет, мир! 很好', ['Привет/word', ',/punctuation', 'мир/word', '!/punctuation', '很好/word']],
    ['これは映画です。', ['これ/word', 'は/word', '映画/word', 'です/word', '。/alien']],
    ['#Łódź @jürgen #日本', ['#Łódź/hashtag', '@jürgen/mention', '#日本/hashtag']],
    ['a_b ∑', ['a/word', '_/alien', 'b/word', '∑/alien']],
    ['', []],
    [' \n\t', []],
  ])('%s', (text, tokens) => {
    expect(show(text)).toEqual(tokens);
  });

  it('loses no character but white space, and returns the position of each token', () => {
    const word = fc.constantFrom(
      "can't",
      'don’t',
      'Œuvre',
      '"quoted',
      'phrase"',
      ':)',
      '😀',
      '5 hrs',
      "dogs'",
      '__proto__',
      '#x',
      '@',
    );
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('映', '画', 'は', '#', '@', 'ł', 'é', 'a', ' ', 'ไ', '’') }),
      fc.array(word).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const tokens = tokenizeWords(input);
        for (const { value, start } of tokens)
          expect(plain(input.slice(start, start + value.length))).toBe(plain(value));
        expect(plain(tokens.map(({ value }) => value).join('')).replaceAll(/\s/g, '')).toBe(
          plain(input).replaceAll(/\s/g, ''),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('finds in each segment what wink-tokenizer finds in the whole text', () => {
    const wink: { tokenize(text: string): { value: string; tag: string }[] } = winkTokenizer();
    const word = fc.constantFrom('5', '10:', 'pm', 'AM', 'hrs', '2nd', '"', '"a', 'b"', "it's", ':)', '#x', 'x@y.de');
    const space = fc.constantFrom(' ', '  ', '\n', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(word, space)), (parts) => {
        const text = parts.flat().join('');
        expect(tokenizeWords(text).filter(({ tag }) => tag !== 'alien')).toMatchObject(
          wink.tokenize(text).filter(({ tag }) => tag !== 'alien'),
        );
      }),
      {
        numRuns: 2000,
        examples: [
          [
            [
              ['hrs', ''],
              ["it's", ''],
              ["it's", ' '],
            ],
          ],
        ],
      },
    );
  });

  it('takes linear time for text without spaces, and splits it at the end of a clause or between characters', () => {
    const start = performance.now();
    for (const text of ['a'.repeat(50_000), '0123456789'.repeat(5_000), '-'.repeat(20_000)])
      expect(
        tokenizeWords(text)
          .map(({ value }) => value)
          .join(''),
      ).toBe(text);
    expect(performance.now() - start).toBeLessThan(20_000);

    const clause = '这是一个很好的电影，';
    const expected = show(clause);
    expect(show(clause.repeat(300))).toEqual(Array.from({ length: 300 }, () => expected).flat());
    const family = '👩‍👩‍👧';
    expect(show(family.repeat(400))).toEqual(Array.from({ length: 400 }, () => `${family}/emoji`));
  });

  it('leaves a word or address of a thousand characters whole', () => {
    const url = `http://a.bc/${'d'.repeat(988)}`;
    expect(show(url)).toEqual([`${url}/url`]);
  });
});
