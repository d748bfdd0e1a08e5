import { describe, expect, test } from 'vitest';
import { fitRule } from '../../bench/minutes-rule/fit.ts';
import { gridRuns } from '../../bench/minutes-rule/runs.ts';
import { COEFFICIENTS, enoughIds, type MinutesSettings, minutesRule, mostEpochs } from './minutes-rule.ts';

const million = 1e6;

describe('the rule', () => {
  test('more time makes the model larger and its learning rate smaller', () => {
    const sizes = [0.1, 1, 10, 100].map((reads) => minutesRule({ length: million, reads: reads * million }));
    for (const [k, { hiddenSize, lr }] of sizes.slice(1).entries()) {
      expect(hiddenSize).toBeGreaterThan(sizes[k]!.hiddenSize);
      expect(lr).toBeLessThan(sizes[k]!.lr);
    }
  });

  test('half an hour of ten million characters makes a model as large as was best, and so does a longer text', () => {
    const units = (length: number) => minutesRule({ length, reads: 265 * million }, { ensembleSize: 1 }).hiddenSize;
    expect(units(10.5 * million)).toBeGreaterThan(640); // of 480, 736, 960, 1184 and 1536 units the second and third were best
    expect(units(10.5 * million)).toBeLessThan(960);
    expect(units(100 * million)).toBe(units(10.5 * million));
  });

  test('muon is for what cannot be learnt by heart, whatever the cell, and makes larger batches', () => {
    const at = { length: 50 * million, reads: 20 * million };
    expect(minutesRule(at, { cell: 'lstm' }).optimizer).toBe('muon');
    expect(minutesRule(at, { cell: 'mingru' }).optimizer).toBe('muon');
    expect(minutesRule({ length: million, reads: 50 * million }).optimizer).toBe('muon');
    expect(minutesRule({ length: 0.1 * million, reads: 2 * million }, { ensembleSize: 1 }).optimizer).toBe('adamw');
    expect(minutesRule({ length: 0.02 * million, reads: 2 * million }).optimizer).toBe('adamw');
    const minute = { length: million, reads: 9 * million };
    expect(minutesRule(minute, { optimizer: 'adam' }).batchSize).toBe(32);
    expect(minutesRule(minute)).toMatchObject({ hiddenSize: 352, batchSize: 64 });
    const one = { ensembleSize: 1 };
    const batches = [1, 5, 15].map(
      (minutes) => minutesRule({ ...minute, reads: 10 * minutes * million }, one).batchSize,
    );
    expect(batches).toEqual([64, 64, 128]);
  });

  test('the further a text could be learnt by heart, the more networks share the time', () => {
    const at = (reads: number, given = {}) => minutesRule({ length: million, reads: reads * million }, given);
    expect([0, 1, 15, 25, 100, 300, 1000, 1e6].map((reads) => at(reads).ensembleSize)).toEqual([
      1, 1, 1, 2, 2, 3, 5, 8,
    ]);
    expect(at(100)).toEqual({ ...at(50, { ensembleSize: 1 }), ensembleSize: 2 });
    expect(at(10, { ensembleSize: 3 }).ensembleSize).toBe(3);
    expect(minutesRule({ length: million / 10, reads: 2 * million }).ensembleSize).toBe(3);
  });

  test('blocks are several layers of fewer units, and as wide as the embedding', () => {
    const at = { length: million, reads: 10 * million };
    const [blocks, plain] = [minutesRule(at, { block: true }), minutesRule(at)];
    expect([blocks.numLayers, plain.numLayers]).toEqual([3, 1]);
    expect(blocks.hiddenSize).toBeLessThan(plain.hiddenSize);
    expect(minutesRule(at, { block: true, numLayers: 2 }).numLayers).toBe(2);
    expect(minutesRule(at, { block: true, embeddingSize: 48 })).toMatchObject({ hiddenSize: 48, tieWeights: true });
  });

  test('blocks are trained with muon, and their weights decay the more, the more often they read the text', () => {
    const blocks = (reads: number, given = {}) =>
      minutesRule(
        { length: million, reads: reads * million },
        { cell: 'mingru', block: true, ensembleSize: 1, ...given },
      );
    const decays = [0.03, 2.3, 11.5, 1000].map((reads) => blocks(reads).weightDecay);
    expect(decays).toEqual([0.15, 0.2, 0.52, 1]);
    expect([2.3, 11.5, 1000].map((reads) => blocks(reads).optimizer)).toEqual(['muon', 'muon', 'muon']);
    expect(blocks(2.3, { optimizer: 'adam' }).weightDecay).toBe(0);
  });

  test('with muon weights decay the more, the more often they read the text, which needs less dropout', () => {
    const plain = (reads: number) => minutesRule({ length: million, reads: reads * million }, { ensembleSize: 1 });
    expect([0.03, 10, 50].map((reads) => plain(reads).weightDecay)).toEqual([0.15, 0.24, 0.52]);
    const adam = minutesRule({ length: million, reads: 10 * million }, { ensembleSize: 1, optimizer: 'adam' });
    expect(plain(10).lr / adam.lr).toBeCloseTo(2, 1);
    const undecayed = minutesRule({ length: million, reads: 10 * million }, { ensembleSize: 1, weightDecay: 0 });
    expect([undecayed.optimizer, undecayed.lr]).toEqual(['muon', adam.lr]);
    expect(plain(10).lrSchedule).toBe('linear');
    const fixed = (optimizer: 'muon' | 'adamw', dropout = {}) =>
      minutesRule(
        { length: million, reads: 50 * million },
        { hiddenSize: 512, ensembleSize: 1, optimizer, ...dropout },
      );
    expect(fixed('muon').dropout).toBeCloseTo(fixed('adamw').dropout - 0.2);
    expect(fixed('muon', { dropout: 0.1 }).dropout).toBe(0.1);
  });

  test('what can learn a text by heart is counted in weights, those of each layer and of the gates of blocks', () => {
    const [length, hiddenSize] = [million / 4, 256];
    const gru = { cell: 'gru', block: false, numLayers: 1, hiddenSize } as const;
    const blocks = { ...gru, cell: 'mingru', block: true, numLayers: 3 } as const;
    expect(mostEpochs(gru, length) / mostEpochs(blocks, length)).toBeCloseTo(12 / 6);
    expect(mostEpochs(gru, length) / mostEpochs({ ...gru, cell: 'lstm' }, length)).toBeCloseTo(8 / 6);
    const dropout = (given: Partial<MinutesSettings>) =>
      minutesRule({ length, reads: 10 * million }, { optimizer: 'adam', ...given }).dropout;
    expect(dropout({ ...gru, numLayers: 2 })).toBeCloseTo(dropout(gru) + COEFFICIENTS.dropout[1]);
  });

  test('with adamw weights decay alike in all where a text is read often, however many steps there are, and nowhere else', () => {
    const decays = [3, 10, 30].map((reads) => {
      const { lr, weightDecay } = minutesRule(
        { length: million / 4, reads: reads * million },
        { hiddenSize: 256, batchSize: 32, ensembleSize: 1, optimizer: 'adamw' },
      );
      return lr * weightDecay * reads;
    });
    for (const decay of decays) expect(decay / decays[0]!).toBeCloseTo(1, 1);
    expect(decays[0]).toBeGreaterThan(0);
    const often = { length: million / 4, reads: 10 * million };
    expect(minutesRule(often, { optimizer: 'adam' }).weightDecay).toBe(0);
    expect(minutesRule(often, { optimizer: 'adamw', weightDecay: 0.01 }).weightDecay).toBe(0.01);
    const seldom = { length: 4 * million, reads: 3 * million };
    expect(minutesRule(seldom, { optimizer: 'adamw' }).weightDecay).toBe(0);
    const fewSteps = minutesRule({ length: 2000, reads: million }, { batchSize: 62 });
    expect(fewSteps.weightDecay).toBeCloseTo(2 / (fewSteps.lr * 100), 1); // as of 100 steps, which are not reached
  });

  test('a long text needs no dropout, a short one that is read often much', () => {
    const dropout = (length: number) => minutesRule({ length, reads: 10 * million }).dropout;
    expect(dropout(50 * million)).toBe(0);
    expect(dropout(million)).toBeLessThan(dropout(100_000));
    expect(dropout(20_000)).toBeGreaterThanOrEqual(0.5);
  });

  test('a short text gets a small model, however much time there is', () => {
    const sizes = [1800, 20_000, 100_000].map((length) => minutesRule({ length, reads: 100 * million }).hiddenSize);
    expect(sizes).toEqual([64, 224, 480]);
  });

  test('a short text is read some forty times, a long one as often as there is time', () => {
    const epochs = (length: number) =>
      mostEpochs(minutesRule({ length, reads: 10 * million }, { ensembleSize: 1 }), length);
    for (const length of [1800, 10_000, 100_000]) {
      expect(epochs(length)).toBeGreaterThan(20);
      expect(epochs(length)).toBeLessThan(60);
    }
    const read = (length: number, reads: number) =>
      (reads * (256 / minutesRule({ length, reads }).hiddenSize) ** 2) / length;
    for (const reads of [1, 10, 100].map((x) => x * million))
      expect(epochs(million)).toBeGreaterThan(read(million, reads));
  });

  test('of a long text no more is needed than is read once', () => {
    for (const reads of [0.1, 10, 1000].map((x) => x * million)) {
      const length = enoughIds(reads);
      const passes = (length: number) => (reads * (256 / minutesRule({ length, reads }).hiddenSize) ** 2) / length;
      expect(passes(length)).toBeLessThanOrEqual(1);
      expect(length === 2 ** 20 || passes(length / 2) > 1).toBe(true);
    }
    expect(enoughIds(10 * million, { hiddenSize: 1024 })).toBe(2 ** 20);
    expect([1, 4].map((ensembleSize) => enoughIds(2 ** 24, { hiddenSize: 256, ensembleSize }))).toEqual([
      2 ** 24,
      2 ** 22,
    ]);
  });

  test('what is given is kept, and the rest follows it', () => {
    const at = { length: million, reads: 10 * million };
    expect(minutesRule(at, { hiddenSize: 64, lr: 0.1 })).toMatchObject({
      hiddenSize: 64,
      embeddingSize: 64,
      lr: 0.1,
    });
    expect(minutesRule(at, { embeddingSize: 10 })).toMatchObject({ embeddingSize: 10, tieWeights: false });
    expect(minutesRule(at, { embeddingSize: 48, tieWeights: true })).toMatchObject({
      hiddenSize: 48,
      tieWeights: true,
    });
    expect(minutesRule(at, { hiddenSize: 64 }).lr).toBeGreaterThan(minutesRule(at, { hiddenSize: 128 }).lr);
  });

  test.each([2, 10, 100, 1000, 2000])('a text of %d characters makes several batches', (length) => {
    const { batchSize, bptt, hiddenSize } = minutesRule({ length, reads: million });
    expect(batchSize * bptt).toBeLessThanOrEqual(Math.max(1, length / 8));
    expect(hiddenSize).toBeGreaterThanOrEqual(32);
  });

  test('a machine that has spent the time on measuring its speed gets the smallest model', () => {
    const least = minutesRule({ length: million, reads: 0 });
    expect(least).toMatchObject({ hiddenSize: 32, batchSize: 16, dropout: 0 });
  });

  test('its coefficients are those of the runs', () => {
    const { size, dropout } = fitRule(gridRuns());
    for (const [k, x] of COEFFICIENTS.size.entries()) expect(x).toBeCloseTo(size[k]!, 2);
    for (const [k, x] of COEFFICIENTS.dropout.entries()) expect(x).toBeCloseTo(dropout[k]!, 2);
  });

  test('fitted on the other texts and budgets, it loses less than 0.05 nats on those left out', () => {
    for (const { lost } of fitRule(gridRuns()).leftOut) expect(lost).toBeLessThan(0.05);
  });
});
