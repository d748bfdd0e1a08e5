import { describe, expect, test } from 'vitest';
import { FeatureIndex } from './feature-index.ts';
import { maxFeatures } from './logistic-regression.ts';

const texts = [[5, 3], [5, 3, 9], [5, 7, 9], [1]].map((hashes) => ({
  hashes: Int32Array.from(hashes),
  tokens: new Int32Array(hashes.length),
}));
const most = { minDf: 1, maxFeatures: 100 };

describe('FeatureIndex', () => {
  test('has the features of enough texts', () => {
    expect([...FeatureIndex.of(texts, most).hashes]).toStrictEqual([1, 3, 5, 7, 9]);
    expect([...FeatureIndex.of(texts, { ...most, minDf: 2 }).hashes]).toStrictEqual([3, 5, 9]);
    expect(FeatureIndex.of(texts, { ...most, minDf: 2 }).selection).toBeUndefined();
  });

  test.each([
    [1, [5]],
    [2, [3, 5]],
    [4, [1, 3, 5, 9]],
  ])('of too many it keeps the %d that most texts have', (maxFeatures, hashes) => {
    const index = FeatureIndex.of(texts, { minDf: 1, maxFeatures });
    expect([...index.hashes]).toStrictEqual(hashes);
    expect(index.omitted).toBe(5 - maxFeatures);
  });

  test('says so', () => {
    const { selection } = FeatureIndex.of(texts, { minDf: 1, maxFeatures: 2 });
    expect(selection).toBe('the 2 features that most texts have, of 5');
  });
});

test('a linear model of a thousand classes has 4,000 features at most, one of two 4,000,000', () => {
  expect(maxFeatures(1000)).toBe(4000);
  expect(maxFeatures(20)).toBe(200_000);
  expect(maxFeatures(2)).toBe(4_000_000);
});
