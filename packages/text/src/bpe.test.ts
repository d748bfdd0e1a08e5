import { Tokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpeTokenizer } from './bpe.ts';
import { MaxHeap } from './max-heap.ts';

const CORPUS = [
  'the red boat and the blue boat',
  "the boats aren't red, they're blue!",
  'une barque bleue près de la barque rouge',
  'déjà vu: l’été, 1234 barques… 👩‍👩‍👧 и лодки 船',
  '  blanks   and\ttabs\n',
];
const SPECIALS = ['<pad>', '<s>', '</s>'];
const train = (leadingBlank: boolean, size = 340): BpeTokenizer =>
  BpeTokenizer.train([...CORPUS, ...CORPUS], { size, specials: SPECIALS, leadingBlank });
const hugging = (tokenizer: BpeTokenizer): Tokenizer =>
  new Tokenizer(JSON.parse(JSON.stringify(tokenizer)) as object, {});

/** A source that goes through the words of a list again and again. */
const words = (...list: number[]) => {
  let k = 0;
  return { uint32: () => list[k++ % list.length] as number };
};

describe('BpeTokenizer', () => {
  it('merges the most frequent pair first, the one with the lower ids where two are equal', () => {
    // ab: 3 times; then (ab, ab) and (ab, c) once each, too rarely.
    const { model } = BpeTokenizer.train(['abab', 'abc'], { size: 300 }).toJSON();
    expect(model.merges).toEqual([['a', 'b']]);
    const tied = BpeTokenizer.train(['cd ab', 'cd ab'], { size: 258 }).toJSON();
    expect(tied.model.merges).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it.each([false, true])('gives back any string, leading blank %s', (leadingBlank) => {
    const tokenizer = train(leadingBlank);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...CORPUS, '', ' ', '  x', '<s>')),
        (text) => {
          const ids = tokenizer.encode(text);
          expect(tokenizer.decode(ids)).toBe(text);
          expect(Math.max(0, ...ids)).toBeLessThan(tokenizer.size);
        },
      ),
    );
  });

  it('never makes a special token from text', () => {
    const tokenizer = train(false);
    expect([...tokenizer.encode('a</s>b<pad>')].some((id) => id < SPECIALS.length)).toBe(false);
    expect(tokenizer.idOf('</s>')).toBe(2);
    expect(tokenizer.decode([1, ...tokenizer.encode('boat'), 2])).toBe('boat');
  });

  it.each([false, true])('has the ids and the text of Hugging Face tokenizers, leading blank %s', (leadingBlank) => {
    const tokenizer = train(leadingBlank);
    const theirs = hugging(tokenizer);
    const fresh = ['the boat they’re in isn’t red', 'barques bleues 42', '船船 лодка', 'x', 'un\n\ndeux  trois '];
    for (const text of [...CORPUS, ...fresh]) {
      const { ids } = theirs.encode(text);
      expect([...tokenizer.encode(text)]).toEqual([...ids]);
      expect(theirs.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false })).toBe(text);
    }
  });

  it('is the same after a round trip through tokenizer.json', () => {
    const tokenizer = train(true);
    const copy = BpeTokenizer.fromJson(JSON.parse(JSON.stringify(tokenizer)));
    for (const text of CORPUS) expect(copy.encode(text)).toEqual(tokenizer.encode(text));
    expect(JSON.stringify(copy)).toBe(JSON.stringify(tokenizer));
  });

  it('spells with fewer merges under dropout, and gives back the text all the same', () => {
    const tokenizer = train(false);
    const text = CORPUS[0] as string;
    const all = tokenizer.encode(text);
    const none = tokenizer.encode(text, { rate: 0.999_999, random: words(0) });
    const some = tokenizer.encode(text, { rate: 0.5, random: words(0, 2 ** 32 - 1, 2 ** 31) });
    expect(none.length).toBe(text.length); // bytes
    expect(some.length).toBeGreaterThan(all.length);
    expect(some.length).toBeLessThan(none.length);
    for (const ids of [none, some]) expect(tokenizer.decode(ids)).toBe(text);
    expect(tokenizer.encode(text, { rate: 0, random: words(0) })).toEqual(all);
  });

  it('joins a word of a hundred thousand letters without losing time', () => {
    const text = 'boat'.repeat(25_000);
    const start = performance.now();
    expect(train(false).decode(train(false).encode(text))).toBe(text);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('says what is wrong', () => {
    expect(() => train(false).encode('a\uD800')).toThrow(/lone surrogate U\+D800 at 1/);
    expect(() => train(false).decode([340])).toThrow('ids must be integers in [0, 340), got 340');
    expect(() => train(false, 100)).toThrow('size must be at least 259, the bytes and special tokens, got 100');
    expect(() => BpeTokenizer.fromJson({ model: { type: 'WordPiece' } })).toThrow(
      /got model WordPiece with undefined/,
    );
  });
});

describe('MaxHeap', () => {
  it('gives items in descending order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (items) => {
        const heap = new MaxHeap<number>((a, b) => a - b);
        for (const item of items) heap.push(item);
        expect(items.map(() => heap.pop())).toEqual(items.toSorted((a, b) => b - a));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});
