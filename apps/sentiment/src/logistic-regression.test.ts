import { expect, test } from 'vitest';
import { fitLogisticRegression, linearScores } from './logistic-regression.ts';
import { countFeatures, logRatios, naiveBayesScores } from './naive-bayes.ts';
import { SparseRows } from './sparse-rows.ts';

const rows = new SparseRows([[0], [0, 1], [1], [1, 2], [2], [0, 2]].map((row) => Int32Array.from(row)));
const labels = Int32Array.of(0, 0, 1, 1, 2, 2);
const sizes = { features: 3, classes: 3 };

test('counts, log ratios and naive Bayes are those worked out by hand', () => {
  const counted = countFeatures(rows, labels, sizes);
  expect([...counted.counts]).toStrictEqual([3, 1, 2, 2, 3, 1, 1, 2, 3]);
  expect([...counted.totals]).toStrictEqual([6, 6, 6]);
  const ratios = logRatios(counted);
  expect(ratios[0]).toBeCloseTo(Math.log(3 / 6 / (3 / 12)), 12);
  expect(ratios[5]).toBeCloseTo(Math.log(1 / 6 / (5 / 12)), 12);
  const scores = naiveBayesScores(counted, rows);
  expect(scores[3]).toBeCloseTo(Math.log(1 / 3) + Math.log(3 / 6) + Math.log(2 / 6), 12);
});

test('the fitted weights are where the penalised loss is flat', () => {
  const scales = logRatios(countFeatures(rows, labels, sizes));
  const penalty = 0.3;
  const { solution } = fitLogisticRegression(rows, labels, { ...sizes, penalty, scales });
  const loss = (x: Float64Array): number => {
    const weights = x.slice(0, 9).map((w, k) => w * (scales[k] as number));
    const scores = linearScores({ weights, bias: x.slice(9) }, rows);
    let sum = (penalty / 2) * x.slice(0, 9).reduce((squares, w) => squares + w * w, 0);
    for (const [n, label] of labels.entries()) {
      const own = scores.slice(n * 3, n * 3 + 3);
      sum += Math.log(own.reduce((total, s) => total + Math.exp(s), 0)) - (own[label] as number);
    }
    return sum;
  };
  const step = 1e-5;
  for (let k = 0; k < solution.length; k++) {
    const [up, down] = [solution.slice(), solution.slice()];
    up[k] = (up[k] as number) + step;
    down[k] = (down[k] as number) - step;
    expect(Math.abs(loss(up) - loss(down)) / (2 * step), `coordinate ${k}`).toBeLessThan(0.011);
  }
});
