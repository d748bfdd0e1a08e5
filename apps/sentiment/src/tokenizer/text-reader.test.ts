import { expect, test } from 'vitest';
import { TextReader } from './text-reader.ts';

test('a network learns from what bags of words hold that have not seen the text', () => {
  const texts = Array.from(
    { length: 20 },
    (_, k) => `${k % 2 === 0 ? 'good' : 'bad'} only${String.fromCharCode(97 + k)}`,
  );
  const { reader, encoded } = TextReader.fit(
    texts,
    Int32Array.from(texts, (_, k) => k % 2),
    {
      classes: 2,
      minCount: 1,
      minTexts: 1,
      penalty: 1,
      foldCase: true,
      maxTokens: 10,
      lexicon: false,
      evidence: true,
      features: { words: 2, characters: false, lexicon: false },
    },
  );
  for (const [k, text] of texts.entries()) {
    const [ofWord = 0, , ofOwn] = encoded[k]?.signals ?? [];
    expect(Math.sign(ofWord)).toBe(k % 2 === 0 ? 1 : -1);
    expect(ofOwn).toBe(0); // a word that no other text has
    expect(Math.abs(reader.read(text).signals[2] ?? 0)).toBeGreaterThan(0.1); // though the model knows it
  }
});
