import { expect, test } from 'vitest';
import { DataError } from './data-error.ts';
import { LanguageModelTally } from './language-model.ts';

test('weighs every token alike, however the batches were cut', () => {
  const tally = new LanguageModelTally();
  tally.add(9 * Math.LN2, 3); // 3 bits a token
  tally.add(1 * Math.LN2, 1); // 1 bit: a mean of means would say 2
  const score = tally.score();
  expect(score.bitsPerCharacter).toBeCloseTo(2.5, 12);
  expect(score.nats).toBeCloseTo(2.5 * Math.LN2, 12);
  expect(score.perplexity).toBeCloseTo(2 ** 2.5, 12);
  expect(score).toMatchObject({ characters: 4, tokens: 4 });
});

test('counts characters apart from tokens, so that bytes and code points compare', () => {
  const tally = new LanguageModelTally();
  tally.add(8 * Math.LN2, 4, 2);
  expect(tally.score().bitsPerCharacter).toBeCloseTo(4, 12);
  expect(tally.score().perplexity).toBeCloseTo(4, 12);
});

test('refuses what is no likelihood, and has no score for nothing', () => {
  const tally = new LanguageModelTally();
  expect(() => tally.score()).toThrow(DataError);
  for (const nats of [Number.NaN, -1]) expect(() => tally.add(nats, 1)).toThrow(`got ${nats}`);
});
