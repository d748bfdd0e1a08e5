import { Budget } from '@unroll/run';
import { expect, test } from 'vitest';
import { chosenFeatures, FEATURES } from './chosen-settings.ts';
import { trainSchema } from './train-flags.ts';

const config = trainSchema.parse({});
const unset = new Set<string>(['maxTexts', ...FEATURES]);

/** What is chosen of 10,000 texts where the preparation of each takes so many seconds, of a minute. */
function chosen(words: number, seconds: (features: { nbFeatures: boolean; bagCharNgrams: boolean }) => number) {
  let now = 0;
  const examples = Array.from({ length: 10_000 }, (_, k) => ({
    text: 'word '.repeat(words),
    label: String(k % 2),
    where: '',
  }));
  const budget = new Budget({ minutes: 1, clock: () => now });
  const fit = (of: readonly unknown[], features: { nbFeatures: boolean; bagCharNgrams: boolean }): void => {
    now += of.length * seconds(features);
  };
  return chosenFeatures({ config, unset, examples, fit, budget });
}

test('what there is time to prepare is kept', () => {
  const { features, cuts } = chosen(100, () => 1e-5);
  expect(features).toMatchObject({ nbFeatures: true });
  expect(features).not.toHaveProperty('maxTexts');
  expect(cuts).toEqual([]);
});

test('log odds that take too long are left out, and no texts', () => {
  const { features, cuts } = chosen(100, ({ nbFeatures }) => (nbFeatures ? 5e-3 : 1e-4));
  expect(features).toMatchObject({ nbFeatures: false });
  expect(cuts).toEqual(['pairs of words with one between', 'naive Bayes log odds']);
});

test('at last texts are left out', () => {
  const { features, cuts } = chosen(10, () => 0.01);
  expect(features).toMatchObject({ bagCharNgrams: false });
  expect(features.maxTexts).toBeGreaterThan(500);
  expect(features.maxTexts).toBeLessThan(2000);
  expect(cuts).toEqual(['character n-grams of the bag of words', expect.stringMatching(/^[89],\d+ texts$/)]);
});
