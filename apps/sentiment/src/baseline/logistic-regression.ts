import { type LbfgsOptions, minimize } from './lbfgs.ts';
import type { SparseRows } from './sparse-rows.ts';

/** Linear model over binary features: scores = bias + Σ weights of a text's features, [C]. */
export interface LinearModel {
  /** [features · C] */
  readonly weights: Float64Array;
  /** [C] */
  readonly bias: Float64Array;
}

export interface LogisticRegressionOptions {
  readonly features: number;
  /** C */
  readonly numClasses: number;
  /** λ of the L2 penalty λ/2·‖w‖². */
  readonly l2: number;
  /** [features · C] multiplies each weight, such as by the naive Bayes log ratios; ones by default. */
  readonly scales?: Float64Array;
  /** [rows] multiplies the features of each row; ones by default. */
  readonly rowScales?: Float64Array;
  /** Where the optimizer starts, such as the `solution` for another penalty; zeros by default. */
  readonly initial?: Float64Array | undefined;
  /** Told while fitting which fraction of the most iterations is done. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

export interface FittedModel extends LinearModel {
  /** The optimizer's variables at the minimum: weights before scaling, then bias; half as many for two classes. */
  readonly solution: Float64Array;
}

const MAX_VARIABLES = 4_000_000; // of the optimizer, which keeps some twenty vectors of them

/** How many features a model of so many classes has at most: beyond them a fit takes minutes and gigabytes. */
export const maxFeatures = (numClasses: number): number =>
  Math.floor(MAX_VARIABLES / (numClasses === 2 ? 1 : numClasses));

const MAX_ITERATIONS = 60;
const TOLERANCE = 1e-2; // of each element of the gradient
const DECREASE = 1e-4; // of the loss; many more iterations make the gradient small, and held-out texts no more likely

const lbfgsOptions = (onProgress: LogisticRegressionOptions['onProgress']): LbfgsOptions => ({
  iterations: MAX_ITERATIONS,
  tolerance: TOLERANCE,
  decrease: DECREASE,
  onIteration: (done) => onProgress?.(done / MAX_ITERATIONS),
});

/**
 * Fits a multinomial logistic regression: loss summed over the texts, bias unpenalised.
 *
 *     min  Σ -log softmax(b + q·Σ_f s_f∘w_f)[label] + λ/2·‖w‖²
 *
 * where q is the scale of the row. With the naive Bayes log ratios as scales this is the NB-LR of Wang & Manning 2012.
 */
export function fitLogisticRegression(
  rows: SparseRows,
  labels: Int32Array,
  options: LogisticRegressionOptions,
): FittedModel {
  return options.numClasses === 2 ? fitBinary(rows, labels, options) : fitMultinomial(rows, labels, options);
}

/**
 * Fits two classes as one sigmoid of half as many variables u: at the minimum of the penalty w_0 = s_0∘u/s and
 * w_1 = -s_1∘u/s with s = √(s_0² + s_1²), so the log odds of the first class are b + Σ_f s_f·u_f, and the penalty is
 * λ/2·‖u‖².
 */
function fitBinary(
  rows: SparseRows,
  labels: Int32Array,
  { features, l2, scales, rowScales, initial, onProgress }: LogisticRegressionOptions,
): FittedModel {
  const squares = scales?.map((s) => s * s) ?? new Float64Array(2 * features).fill(1);
  const scale = new Float64Array(features);
  for (let f = 0; f < features; f++)
    scale[f] = Math.sqrt((squares[2 * f] as number) + (squares[2 * f + 1] as number));
  const effective = new Float64Array(features); // s∘u
  const residuals = new Float64Array(features); // Σ of the residuals of the texts with a feature

  const objective = (x: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let f = 0; f < features; f++) {
      const u = x[f] as number;
      loss += 0.5 * l2 * u * u;
      effective[f] = u * (scale[f] as number);
    }
    residuals.fill(0);
    let biasResidual = 0;
    for (let k = 0; k < rows.count; k++) {
      const [begin, end] = [rows.offsets[k] as number, rows.offsets[k + 1] as number];
      const rowScale = rowScales ? (rowScales[k] as number) : 1;
      let sum = 0;
      for (let j = begin; j < end; j++) sum += effective[rows.features[j] as number] as number;
      const logOdds = (x[features] as number) + rowScale * sum;
      const isFirst = labels[k] === 0;
      loss += Math.max(0, isFirst ? -logOdds : logOdds) + Math.log1p(Math.exp(-Math.abs(logOdds)));
      const residual = 1 / (1 + Math.exp(-logOdds)) - (isFirst ? 1 : 0);
      biasResidual += residual;
      for (let j = begin; j < end; j++) {
        const f = rows.features[j] as number;
        residuals[f] = (residuals[f] as number) + rowScale * residual;
      }
    }
    for (let f = 0; f < features; f++)
      gradient[f] = (residuals[f] as number) * (scale[f] as number) + l2 * (x[f] as number);
    gradient[features] = biasResidual;
    return loss;
  };

  const solution = initial ? initial.slice() : new Float64Array(features + 1);
  minimize(objective, solution, lbfgsOptions(onProgress));
  const weights = squares.map((square, at) => {
    const f = at >> 1;
    return square === 0 ? 0 : ((at % 2 === 0 ? 1 : -1) * square * (solution[f] as number)) / (scale[f] as number);
  });
  const half = (solution[features] as number) / 2;
  return { weights, bias: Float64Array.of(half, -half), solution };
}

function fitMultinomial(
  rows: SparseRows,
  labels: Int32Array,
  { features, numClasses: C, l2, scales, rowScales, initial, onProgress }: LogisticRegressionOptions,
): FittedModel {
  const size = features * C;
  const effective = new Float64Array(size); // s∘w
  const residuals = new Float64Array(size);
  const logits = new Float64Array(C);

  const objective = (x: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let i = 0; i < size; i++) {
      const w = x[i] as number;
      loss += 0.5 * l2 * w * w;
      effective[i] = scales ? w * (scales[i] as number) : w;
    }
    residuals.fill(0);
    gradient.fill(0, size);
    for (let k = 0; k < rows.count; k++) {
      const label = labels[k] as number;
      const rowScale = rowScales ? (rowScales[k] as number) : 1;
      logits.fill(0);
      const [begin, end] = [rows.offsets[k] as number, rows.offsets[k + 1] as number];
      for (let j = begin; j < end; j++) {
        const at = (rows.features[j] as number) * C;
        for (let c = 0; c < C; c++) logits[c] = (logits[c] as number) + (effective[at + c] as number);
      }
      for (let c = 0; c < C; c++) logits[c] = (x[size + c] as number) + rowScale * (logits[c] as number);
      loss += toResiduals(logits, label);
      for (let c = 0; c < C; c++) gradient[size + c] = (gradient[size + c] as number) + (logits[c] as number);
      for (let j = begin; j < end; j++) {
        const at = (rows.features[j] as number) * C;
        for (let c = 0; c < C; c++)
          residuals[at + c] = (residuals[at + c] as number) + rowScale * (logits[c] as number);
      }
    }
    for (let i = 0; i < size; i++)
      gradient[i] = (residuals[i] as number) * (scales ? (scales[i] as number) : 1) + l2 * (x[i] as number);
    return loss;
  };

  const solution = initial ? initial.slice() : new Float64Array(size + C);
  minimize(objective, solution, lbfgsOptions(onProgress));
  const weights = solution.slice(0, size);
  if (scales) for (let i = 0; i < size; i++) weights[i] = (weights[i] as number) * (scales[i] as number);
  return { weights, bias: solution.slice(size), solution };
}

/** Returns the scores of each row: [rows · C]. */
export function linearScores({ weights, bias }: LinearModel, rows: SparseRows): Float64Array {
  const C = bias.length;
  const scores = new Float64Array(rows.count * C);
  for (let k = 0; k < rows.count; k++) {
    for (let c = 0; c < C; c++) scores[k * C + c] = bias[c] as number;
    for (const feature of rows.row(k))
      for (let c = 0; c < C; c++)
        scores[k * C + c] = (scores[k * C + c] as number) + (weights[feature * C + c] as number);
  }
  return scores;
}

/** Replaces logits by softmax minus one-hot, the gradient of their cross-entropy, and returns the cross-entropy. */
function toResiduals(logits: Float64Array, label: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logits.length; c++) max = Math.max(max, logits[c] as number);
  const target = (logits[label] as number) - max;
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += logits[c] = Math.exp((logits[c] as number) - max);
  for (let c = 0; c < logits.length; c++) logits[c] = (logits[c] as number) / sum - (c === label ? 1 : 0);
  return Math.log(sum) - target;
}
