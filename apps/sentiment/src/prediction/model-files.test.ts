import { expect, test } from 'vitest';
import { SentimentTokenizer } from '../tokenizer/sentiment-tokenizer.ts';
import { readTokenizer, tokenizerJson } from './model-files.ts';

const TEXTS = ['good at first but a bad end', 'bad at first but a good end', 'so so', 'a good film'];

const fitted = (ending: number) =>
  SentimentTokenizer.fit(TEXTS, Int32Array.of(0, 1, 0, 1), {
    numClasses: 2,
    minCount: 1,
    minDf: 1,
    l2: 1,
    cased: false,
    maxLength: 10,
    lexicon: true,
    nbFeatures: true,
    bag: { wordNgrams: 2, skipBigrams: true, ending, charNgrams: true, lexicon: true, normalize: true },
  }).tokenizer;

const restored = (tokenizer: SentimentTokenizer, change = (json: string) => json) =>
  readTokenizer(JSON.parse(change(JSON.stringify(tokenizerJson(tokenizer)))), 'tokenizer.json', tokenizer.bag);

test.each([0, 3])('a tokenizer that is read encodes texts as the one that was written, ending %d', (ending) => {
  const tokenizer = fitted(ending);
  for (const text of TEXTS) expect(restored(tokenizer).encode(text)).toStrictEqual(tokenizer.encode(text));
});

test('a tokenizer that was written before there was an ending has none', () => {
  const tokenizer = fitted(0);
  const { config } = restored(tokenizer, (json) => {
    expect(json).toContain('"ending":0,');
    return json.replace('"ending":0,', '');
  });
  expect(config).toStrictEqual(tokenizer.config);
});
