import { describe, expect, test } from 'vitest';
import { fitEpochs } from '../../bench/minutes-rule/fit.ts';
import { COEFFICIENTS, featureRule, mostEpochs, networkRule } from './minutes-rule.ts';

describe('the features', () => {
  const short = ['I love this great phone', 'The worst, most horrible film', 'An awful, boring waste of money'];
  const long = short.map((text) => `${text} `.repeat(20));

  test('short texts are read with their character n-grams, long ones with naive Bayes log odds', () => {
    expect(featureRule(short)).toMatchObject({
      nbFeatures: false,
      charNgramBuckets: 20_000,
      bagSkipBigrams: false,
      bagEnding: 0,
      bagNormalize: false,
    });
    expect(featureRule(long)).toMatchObject({
      nbFeatures: true,
      charNgramBuckets: 0,
      minCount: 2,
      bagSkipBigrams: true,
      bagEnding: 60,
      bagNormalize: true,
    });
  });

  test('of many texts a sample decides', () => {
    const texts = Array.from({ length: 10_000 }, (_, k) => long[k % 3] as string);
    expect(featureRule(texts)).toEqual(featureRule(long));
  });
});

describe('the network', () => {
  test('time makes the ensemble larger, once the texts are read often enough', () => {
    const networks = [0.1, 20, 60, 200, 1e6].map(
      (epochs) =>
        networkRule({ texts: 2500, tokens: 50_000, pretrained: false, logOdds: false, epochs, overhead: 0 })
          .ensembleSize,
    );
    expect(networks).toEqual(networks.toSorted((a, b) => a - b));
    expect(networks[0]).toBe(1);
    expect(networks.at(-1)).toBe(16);
  });

  test('many texts need fewer epochs than few', () => {
    const networks = (texts: number) =>
      networkRule({ texts, tokens: 20 * texts, pretrained: false, logOdds: false, epochs: 60, overhead: 0 })
        .ensembleSize;
    expect(networks(100_000)).toBeGreaterThan(networks(2500));
    expect(networks(30)).toBe(1);
  });

  test('networks whose validation takes as long as their training are half as many', () => {
    const networks = (overhead: number) =>
      networkRule({ texts: 30, tokens: 600, pretrained: false, logOdds: false, epochs: 1200, overhead }).ensembleSize;
    expect(networks(0)).toBe(12);
    expect(networks(100)).toBe(6);
  });

  test('few texts are read a hundred times and more, and none is read for ever', () => {
    expect(mostEpochs({ texts: 30, tokens: 600, pretrained: false, logOdds: false })).toBe(200);
    expect(mostEpochs({ texts: 2500, tokens: 50_000, pretrained: false, logOdds: false })).toBeLessThan(60);
    expect(
      networkRule({ texts: 30, tokens: 600, pretrained: false, logOdds: false, epochs: 255, overhead: 0 })
        .ensembleSize,
    ).toBe(2);
  });

  test('however many short texts there are, each is read several times', () => {
    const most = (texts: number) => mostEpochs({ texts, tokens: 8 * texts, pretrained: false, logOdds: false });
    expect([most(160_000), most(10_000_000)]).toEqual([16, 16]);
  });

  test('long texts whose words have pretrained vectors are read more often, short ones as often as without', () => {
    const epochs = (tokens: number, pretrained: boolean) =>
      mostEpochs({ texts: 6000, tokens, pretrained, logOdds: true });
    expect([epochs(1_400_000, false), epochs(1_400_000, true)]).toEqual([6, 24]);
    expect(epochs(60_000, true)).toBe(epochs(60_000, false));
  });

  test('with pretrained vectors the networks of log odds alternate with such that have none', () => {
    const mixed = (pretrained: boolean, logOdds: boolean, epochs: number) =>
      networkRule({ texts: 6000, tokens: 1_400_000, pretrained, logOdds, epochs, overhead: 0 }).mixedEnsemble;
    expect(mixed(true, true, 60)).toBe(true);
    expect([mixed(true, false, 60), mixed(false, true, 60), mixed(true, true, 12)]).toEqual([false, false, false]);
  });

  test('its coefficients are those of the runs', () => {
    const { epochs, sets } = fitEpochs();
    for (const [k, x] of COEFFICIENTS.epochs.entries()) expect(x).toBeCloseTo(epochs[k]!, 2);
    // A set that the rule is not fitted on has nearly its lowest loss; the last has fifty times as many texts as any other.
    const loses = sets.map(({ leftOut }) => leftOut.loses);
    expect(Math.max(...loses.slice(0, -1))).toBeCloseTo(0.0003, 4);
    expect(loses.at(-1)).toBeCloseTo(0.0006, 4);
  });

  test('what is given is kept', () => {
    expect(
      networkRule(
        { texts: 2500, tokens: 50_000, pretrained: false, logOdds: false, epochs: 60, overhead: 0 },
        { ensembleSize: 2, lr: 0.1 },
      ),
    ).toMatchObject({
      ensembleSize: 2,
      lr: 0.1,
    });
  });
});
