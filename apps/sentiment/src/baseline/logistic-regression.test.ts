import { expect, test } from 'vitest';
import { fitLogisticRegression, linearScores } from './logistic-regression.ts';
import { countFeatures, logRatios, naiveBayesScores } from './naive-bayes.ts';
import { SparseRows } from './sparse-rows.ts';

const rows = new SparseRows([[0], [0, 1], [1], [1, 2], [2], [0, 2]].map((row) => Int32Array.from(row)));
const labels = Int32Array.of(0, 0, 1, 1, 2, 2);
const sizes = { features: 3, numClasses: 3 };

test('counts, log ratios and naive Bayes match a calculation by hand', () => {
  const counted = countFeatures(rows, labels, sizes);
  expect([...counted.counts]).toStrictEqual([3, 1, 2, 2, 3, 1, 1, 2, 3]);
  expect([...counted.totals]).toStrictEqual([6, 6, 6]);
  const ratios = logRatios(counted);
  expect(ratios[0]).toBeCloseTo(Math.log(3 / 6 / (3 / 12)), 12);
  expect(ratios[5]).toBeCloseTo(Math.log(1 / 6 / (5 / 12)), 12);
  const scores = naiveBayesScores(counted, rows);
  expect(scores[3]).toBeCloseTo(Math.log(1 / 3) + Math.log(3 / 6) + Math.log(2 / 6), 12);
});

const ONES = new Float64Array(6).fill(1);
const OTHERS = Float64Array.of(1, 0.5, 2, 1, 0.7, 1.5);

test.each([
  [2, ONES],
  [3, ONES],
  [2, OTHERS],
  [3, OTHERS],
])('for %d classes, rows scaled by %o, the weights minimise the loss', (numClasses, rowScales) => {
  const own = labels.map((label) => Math.min(label, numClasses - 1));
  const scales = logRatios(countFeatures(rows, own, { features: 3, numClasses }));
  const l2 = 0.3;
  const fitted = fitLogisticRegression(rows, own, { features: 3, numClasses, l2, scales, rowScales });
  const size = 3 * numClasses;
  const loss = (x: Float64Array): number => {
    const weights = x.slice(0, size).map((w, k) => w * (scales[k] as number));
    const bias = x.slice(size);
    const scores = linearScores({ weights, bias }, rows).map((score, k) => {
      const ofClass = bias[k % numClasses] as number;
      return ofClass + (rowScales[Math.floor(k / numClasses)] as number) * (score - ofClass);
    });
    let sum = (l2 / 2) * x.slice(0, size).reduce((squares, w) => squares + w * w, 0);
    for (const [n, label] of own.entries()) {
      const ofText = scores.slice(n * numClasses, (n + 1) * numClasses);
      sum += Math.log(ofText.reduce((total, s) => total + Math.exp(s), 0)) - (ofText[label] as number);
    }
    return sum;
  };
  const solution = Float64Array.of(
    ...fitted.weights.map((w, k) => (w === 0 ? 0 : w / (scales[k] as number))),
    ...fitted.bias,
  );
  const step = 1e-5;
  for (let k = 0; k < solution.length; k++) {
    const [up, down] = [solution.slice(), solution.slice()];
    up[k] = (up[k] as number) + step;
    down[k] = (down[k] as number) - step;
    expect(Math.abs(loss(up) - loss(down)) / (2 * step), `coordinate ${k}`).toBeLessThan(0.011);
  }
});
