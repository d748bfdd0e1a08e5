import { describe, expect, test } from 'vitest';
import { fitRule } from '../../bench/minutes-rule/fit.ts';
import { RUNS, readRuns } from '../../bench/minutes-rule/runs.ts';
import { COEFFICIENTS, enoughTokens, networkRule, subwordRule } from './minutes-rule.ts';

const million = 2 ** 20;

describe('the network', () => {
  const at = { tokens: 0.4 * million, reads: 4 * million };

  test('more time makes it larger, its batch too, and its learning rate smaller', () => {
    const settings = [0.05, 0.5, 5, 50].map((reads) => networkRule({ tokens: 2 * million, reads: reads * million }));
    for (const [k, { hiddenSize, batchTokens, lr, lrSchedule }] of settings.slice(1).entries()) {
      const before = settings[k]!;
      expect(hiddenSize).toBeGreaterThan(before.hiddenSize);
      expect(batchTokens).toBeGreaterThanOrEqual(before.batchTokens);
      expect(lr).toBeLessThan(before.lr);
      expect(lrSchedule).toBe('linear');
    }
  });

  test('few pairs get a small one, however much time there is, and more dropout', () => {
    const few = networkRule({ tokens: 600, reads: 4 * million });
    expect(few).toMatchObject({ hiddenSize: 64, dropout: 0.44, batchTokens: 250 });
    expect(networkRule(at).dropout).toBeLessThan(few.dropout);
  });

  test('what is read once or twice needs no dropout', () => {
    expect(networkRule({ tokens: 40 * million, reads: 4 * million }).dropout).toBe(0);
    expect(networkRule({ tokens: 490_000, reads: 300_000 }).dropout).toBe(0);
    expect(networkRule({ tokens: 490_000, reads: 3.2 * million }).dropout).toBeCloseTo(0.09);
  });

  test('its coefficients are those of the runs', () => {
    const { size, dropout } = fitRule(readRuns(RUNS));
    for (const [k, x] of COEFFICIENTS.size.entries()) expect(x).toBeCloseTo(size.line[k]!, 2);
    for (const [k, x] of COEFFICIENTS.dropout.entries()) expect(x).toBeCloseTo(dropout.line[k]!, 2);
  });

  test('fitted on the other pairs and budgets, it loses less than 0.02 nats per byte on those left out', () => {
    const { size, dropout } = fitRule(readRuns(RUNS));
    for (const { lost } of [...size.leftOut, ...dropout.leftOut]) expect(lost).toBeLessThan(0.02);
  });

  test('a machine too busy to read anything in the time gets the smallest', () => {
    expect(networkRule({ tokens: million, reads: 0 })).toMatchObject({
      hiddenSize: 64,
      dropout: 0,
      batchTokens: 250,
    });
  });

  test('enough tokens are those that the model reads in the time', () => {
    const read = enoughTokens(million);
    const { hiddenSize } = networkRule({ tokens: 1e12, reads: million });
    expect(read).toBeCloseTo(million * (256 / hiddenSize) ** 1.3, 0);
    expect(enoughTokens(million, { hiddenSize: 64 })).toBeGreaterThan(read);
  });

  test('time for many epochs goes into several networks, each as it would be in its part of the time', () => {
    const sizes = [1, 7, 9, 12, 18, 24, 100].map(
      (epochs) => networkRule({ tokens: million / 2, reads: (epochs * million) / 2 }).ensembleSize,
    );
    expect(sizes).toEqual([1, 1, 2, 2, 3, 4, 4]);
    expect(networkRule({ tokens: 40_000, reads: 1.5 * million }).ensembleSize).toBe(1); // which is too little for two
    expect(networkRule({ tokens: million, reads: 7 * million }).ensembleSize).toBe(1); // too few epochs for two
    const two = networkRule({ tokens: million / 2, reads: 7 * million });
    const one = networkRule({ tokens: million / 2, reads: 3.5 * million });
    expect(two).toEqual({ ...one, ensembleSize: 2 });
    expect(networkRule({ tokens: million / 2, reads: 7 * million }, { ensembleSize: 1 }).hiddenSize).toBeGreaterThan(
      two.hiddenSize,
    );
    expect(enoughTokens(million, { ensembleSize: 2 })).toBeCloseTo(enoughTokens(million / 2), 0);
  });

  test('the output layer has weights of its own, unless the pairs are read often', () => {
    const tied = (epochs: number) =>
      networkRule({ tokens: million, reads: epochs * million }, { ensembleSize: 1, hiddenSize: 256 }).tieWeights;
    expect([1, 23, 25, 100].map(tied)).toEqual([false, false, true, true]);
    expect(networkRule(at, { tieWeights: true }).tieWeights).toBe(true);
  });

  test('what is given is kept, and the rest follows it', () => {
    expect(networkRule(at, { hiddenSize: 64, lr: 0.1 })).toMatchObject({
      hiddenSize: 64,
      decoderHiddenSize: 64,
      embeddingSize: 64,
      lr: 0.1,
    });
    expect(networkRule(at, { hiddenSize: 64 }).batchTokens).toBeGreaterThan(networkRule(at).batchTokens);
  });
});

describe('the vocabulary', () => {
  const captions = [{ source: 'A dog runs over the grass', target: 'Un chien court dans l’herbe' }];
  const messages = [{ source: 'Cannot find module {0} in tsconfig', target: 'Module {0} introuvable dans tsconfig' }];
  const many = <T>(pairs: readonly T[], n: number) => Array.from({ length: n }, () => pairs[0] as T);

  test('is one for both languages where words are copied', () => {
    expect(subwordRule(many(captions, 5000))).toMatchObject({ jointVocab: false });
    expect(subwordRule(many(messages, 5000))).toMatchObject({ jointVocab: true });
  });

  test('grows with the pairs', () => {
    const sizes = [50, 2000, 29_000, 160_000].map((n) => subwordRule(many(captions, n)).vocabSize);
    expect(sizes).toEqual([600, 1800, 4000, 6700]);
    expect(subwordRule(many(messages, 29_000)).vocabSize).toBe(6000);
  });

  test('is kept where it is given', () => {
    expect(subwordRule(messages, { vocabSize: 300 })).toEqual({ vocabSize: 300, jointVocab: true });
    expect(subwordRule(messages, { jointVocab: false }).jointVocab).toBe(false);
  });
});
