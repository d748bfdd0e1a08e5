import { Budget } from '@unroll/run';
import { describe, expect, test } from 'vitest';
import { VECTORS_PACKAGE } from '../data/pretrained-vectors.ts';
import { chosenFeatures, FEATURES } from './chosen-settings.ts';
import { trainSchema } from './train-flags.ts';

const config = trainSchema.parse({});
const unset: ReadonlySet<string> = new Set(['maxTexts', 'embeddingSize', ...FEATURES]);

/** What is chosen of 10,000 texts of so many words where the preparation of each takes so many seconds, of a minute. */
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
  return chosenFeatures({ config, unset, examples, hasVectors: false, fit, budget });
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
  expect(features.maxTexts).toBeGreaterThan(2000);
  expect(features.maxTexts).toBeLessThan(3600); // in 36 of the 60 seconds
  expect(cuts).toEqual(['character n-grams of the bag of words', expect.stringMatching(/^[67],\d+ texts$/)]);
});

describe('pretrained vectors of English texts', () => {
  const { name } = VECTORS_PACKAGE;
  const of = (text: string, minutes: number, open: ReadonlySet<string>, hasVectors = true) =>
    chosenFeatures({
      config,
      unset: open,
      examples: [{ text, label: 'a', where: '' }],
      hasVectors,
      fit: () => undefined,
      budget: new Budget({ minutes, clock: () => 0 }),
    });

  test('are used where they are installed', () => {
    expect(of('this is the worst of them', 1, unset)).toMatchObject({
      features: { vectors: name },
      advice: undefined,
    });
  });

  test.each([
    ['in another language', 'das ist das schlimmste von allen', 1, unset],
    ['with another size of embeddings', 'this is the worst of them', 1, new Set(FEATURES)],
    [
      'with vectors of a person',
      'this is the worst of them',
      1,
      new Set([...unset].filter((key) => key !== 'vectors')),
    ],
    ['in a few seconds', 'this is the worst of them', 0.2, unset],
  ])('are not used %s', (_, text, minutes, open) => {
    const { features, advice } = of(text, minutes, open);
    expect(features).not.toHaveProperty('vectors');
    expect(advice).toBeUndefined();
  });

  test('are recommended where they are not installed', () => {
    const { features, advice } = of('this is the worst of them', 1, unset, false);
    expect(features).not.toHaveProperty('vectors');
    expect(advice).toContain(`npm install ${name}@`);
  });
});
