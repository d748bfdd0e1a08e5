import { expect, test } from 'vitest';
import { BagOfWords } from './bag-of-words.ts';
import { FeatureIndex } from './feature-index.ts';
import { HashingVectorizer } from './hashing-vectorizer.ts';

const vectorizerOf = (ending: number) =>
  new HashingVectorizer({ wordNgrams: 2, skipBigrams: true, ending, charNgrams: false, lexicon: false });
const vectorizer = vectorizerOf(0);
const transform = (text: string) => vectorizer.transform(text.split(' '));
const texts = ['not a good film', 'a really good film', 'not so bad', 'so bad'];
const labels = Int32Array.of(0, 1, 1, 0);
const fit = (normalize: boolean, by = vectorizer) =>
  BagOfWords.fit(
    texts.map((text) => by.transform(text.split(' '))),
    labels,
    { numClasses: 2, minDf: 1, l2: 0.1, normalize },
  ).bag;
const logOdds = ([a = 0, b = 0]: Float32Array): number => b - a;

test('a pair with a word between is another feature than neighbours, and belongs to its last word', () => {
  const [apart, together] = [transform('not so good'), transform('not good')];
  const bigram = together.hashes.filter((hash) => !apart.hashes.includes(hash));
  expect(bigram).toHaveLength(1);
  expect([...apart.tokens]).toStrictEqual([0, 0, 1, 1, 2, 2, 2, 2]); // the last word with the pair, too, and the end
  expect(new Set(apart.hashes).size).toBe(8);
});

test('words and pairs of the last tokens are other features too, and belong to their last word', () => {
  const ending = (text: string) => {
    const { hashes, tokens } = vectorizerOf(2).transform(text.split(' '));
    const others = new Set(transform(text).hashes);
    const own = [...hashes.keys()].filter((k) => !others.has(hashes[k] as number));
    return { hashes: own.map((k) => hashes[k]), tokens: own.map((k) => tokens[k]) };
  };
  expect(ending('not really so good').tokens).toStrictEqual([2, 2, 3, 3]);
  expect(ending('not really so good')).toStrictEqual(ending('was really so good')); // what comes before has no part
  expect(ending('not really so good').hashes.slice(2)).toStrictEqual(ending('was so good').hashes.slice(2));
  expect(ending('good').tokens).toStrictEqual([0, 0]); // all of a shorter text
});

test('normalised, a text of four times as many features has half the weight for each', () => {
  const index = new FeatureIndex(Int32Array.of(1, 2, 3, 4));
  const bag = new BagOfWords(index, { weights: new Float32Array(8).fill(1), bias: Float32Array.of(0.5, 0) }, true);
  const logits = (...hashes: number[]): number[] => [
    ...bag.logits({ hashes: Int32Array.from(hashes), tokens: new Int32Array(hashes.length) }),
  ];
  expect(logits(1)).toStrictEqual([1.5, 1]);
  expect(logits(1, 2, 3, 4, 1, 9)).toStrictEqual([2.5, 2]); // neither the repeated one counts nor the unknown one
  expect(logits()).toStrictEqual([0.5, 0]);
});

test.each([false, true])('separates its training texts, normalised %s', (normalize) => {
  const bag = fit(normalize);
  const isSecond = texts.map((text) => logOdds(bag.logits(transform(text))) > 0);
  expect(isSecond).toStrictEqual([...labels].map(Boolean));
});

test('of few texts the features of the lexicon weigh more than those of words, of many as much', () => {
  const ratioOf = (count: number): number => {
    const ofClass = [1, 3].map((word) => ({ hashes: Int32Array.of(word, word + 1), tokens: Int32Array.of(0, -1) }));
    const labels = Int32Array.from({ length: count }, (_, k) => k % 2);
    const { bag } = BagOfWords.fit(
      Array.from(labels, (label) => ofClass[label] as (typeof ofClass)[number]),
      labels,
      { numClasses: 2, minDf: 1, l2: 20, normalize: false },
    );
    const [word, lexicon] = [1, 2].map((hash) => bag.weights[2 * bag.index.indexOf(hash)] as number);
    return (lexicon as number) / (word as number);
  };
  expect(ratioOf(75)).toBeCloseTo(4, 1); // twice the scale, in the weight and in its penalty
  expect(ratioOf(300)).toBeCloseTo(1, 5);
});

test.each([
  [false, 0],
  [true, 0],
  [true, 3],
])('what the words of a text contribute adds up to its logits, normalised %s, ending %d', (normalize, ending) => {
  const own = vectorizerOf(ending);
  const bag = fit(normalize, own);
  const features = own.transform('not a bad film'.split(' '));
  const contributions = bag.contributions(features, 4);
  const logits = bag.logits(features);
  for (const c of [0, 1]) {
    const sum = [0, 1, 2, 3].reduce(
      (total, t) => total + (contributions[2 * t + c] as number),
      bag.bias[c] as number,
    );
    expect(sum).toBeCloseTo(logits[c] as number, 5);
  }
});
