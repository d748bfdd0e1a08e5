import { expect, test } from 'vitest';
import { SentimentTokenizer } from './sentiment-tokenizer.ts';

test('naive Bayes features of a training text come from a bag of words that has not seen it', () => {
  const texts = Array.from(
    { length: 20 },
    (_, k) => `${k % 2 === 0 ? 'good' : 'bad'} only${String.fromCharCode(97 + k)}`,
  );
  const { tokenizer, encoded } = SentimentTokenizer.fit(
    texts,
    Int32Array.from(texts, (_, k) => k % 2),
    {
      numClasses: 2,
      minCount: 1,
      minDf: 1,
      l2: 1,
      cased: false,
      maxLength: 10,
      lexicon: false,
      nbFeatures: true,
      bag: { wordNgrams: 2, skipBigrams: false, ending: 0, charNgrams: false, lexicon: false, normalize: false },
    },
  );
  for (const [k, text] of texts.entries()) {
    const [ofWord = 0, , ofOwn] = encoded[k]?.features ?? [];
    expect(Math.sign(ofWord)).toBe(k % 2 === 0 ? 1 : -1);
    expect(ofOwn).toBe(0); // a word that no other text has
    expect(Math.abs(tokenizer.encode(text).features[2] ?? 0)).toBeGreaterThan(0.1); // the fitted bag of words knows it
  }
});
