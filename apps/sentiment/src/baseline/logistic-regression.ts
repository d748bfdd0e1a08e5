import { minimize } from './lbfgs.ts';
import type { SparseRows } from './sparse-rows.ts';

/** Scores that are linear in which features a text has: bias + Σ weights over its features, [classes]. */
export interface LinearModel {
  /** [features · classes] */
  readonly weights: Float64Array;
  /** [classes] */
  readonly bias: Float64Array;
}

export interface LogisticRegressionOptions {
  readonly features: number;
  readonly classes: number;
  /** λ of the penalty λ/2·‖w‖². */
  readonly penalty: number;
  /** [features · classes] what each weight is multiplied by, such as the naive Bayes log ratios; ones by default. */
  readonly scales?: Float64Array;
  /** The `solution` of a neighbouring problem, to begin from; zeros by default. */
  readonly from?: Float64Array | undefined;
}

export interface FittedModel extends LinearModel {
  /** Where the search ended: weights before scaling, then the bias; half as many of two classes. */
  readonly solution: Float64Array;
}

const ITERATIONS = 60;
const TOLERANCE = 1e-2; // of the gradient, in texts

/**
 * Multinomial logistic regression, its loss summed over the texts, its bias unpenalised.
 *
 *     min  Σ -log softmax(b + Σ_f s_f∘w_f)[label] + λ/2·‖w‖²
 *
 * With the naive Bayes log ratios as scales this is the NB-LR of Wang & Manning 2012.
 */
export function fitLogisticRegression(
  rows: SparseRows,
  labels: Int32Array,
  options: LogisticRegressionOptions,
): FittedModel {
  return options.classes === 2 ? fitTwo(rows, labels, options) : fitMany(rows, labels, options);
}

/**
 * Two classes are one sigmoid of half as many numbers u: the ridge wants w_0 = s_0∘u/s and w_1 = -s_1∘u/s with
 * s = √(s_0² + s_1²), which makes the log odds of the first class b + Σ_f s_f·u_f, and the penalty λ/2·‖u‖².
 */
function fitTwo(
  rows: SparseRows,
  labels: Int32Array,
  { features, penalty, scales, from }: LogisticRegressionOptions,
): FittedModel {
  const squares = scales?.map((s) => s * s) ?? new Float64Array(2 * features).fill(1);
  const scale = new Float64Array(features);
  for (let f = 0; f < features; f++)
    scale[f] = Math.sqrt((squares[2 * f] as number) + (squares[2 * f + 1] as number));
  const effective = new Float64Array(features); // s∘u
  const pull = new Float64Array(features); //      and its gradient

  const objective = (x: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let f = 0; f < features; f++) {
      const u = x[f] as number;
      loss += 0.5 * penalty * u * u;
      effective[f] = u * (scale[f] as number);
    }
    pull.fill(0);
    let biasPull = 0;
    for (let k = 0; k < rows.count; k++) {
      const [begin, end] = [rows.offsets[k] as number, rows.offsets[k + 1] as number];
      let odds = x[features] as number;
      for (let j = begin; j < end; j++) odds += effective[rows.features[j] as number] as number;
      const isFirst = labels[k] === 0;
      loss += Math.max(0, isFirst ? -odds : odds) + Math.log1p(Math.exp(-Math.abs(odds)));
      const error = 1 / (1 + Math.exp(-odds)) - (isFirst ? 1 : 0);
      biasPull += error;
      for (let j = begin; j < end; j++) {
        const f = rows.features[j] as number;
        pull[f] = (pull[f] as number) + error;
      }
    }
    for (let f = 0; f < features; f++)
      gradient[f] = (pull[f] as number) * (scale[f] as number) + penalty * (x[f] as number);
    gradient[features] = biasPull;
    return loss;
  };

  const solution = from ? from.slice() : new Float64Array(features + 1);
  minimize(objective, solution, { iterations: ITERATIONS, tolerance: TOLERANCE });
  const weights = squares.map((square, at) => {
    const f = at >> 1;
    return square === 0 ? 0 : ((at % 2 === 0 ? 1 : -1) * square * (solution[f] as number)) / (scale[f] as number);
  });
  const half = (solution[features] as number) / 2;
  return { weights, bias: Float64Array.of(half, -half), solution };
}

function fitMany(
  rows: SparseRows,
  labels: Int32Array,
  { features, classes: C, penalty, scales, from }: LogisticRegressionOptions,
): FittedModel {
  const size = features * C;
  const effective = new Float64Array(size); // s∘w
  const pull = new Float64Array(size);
  const logits = new Float64Array(C);

  const objective = (x: Float64Array, gradient: Float64Array): number => {
    let loss = 0;
    for (let i = 0; i < size; i++) {
      const w = x[i] as number;
      loss += 0.5 * penalty * w * w;
      effective[i] = scales ? w * (scales[i] as number) : w;
    }
    pull.fill(0);
    gradient.fill(0, size);
    for (let k = 0; k < rows.count; k++) {
      const label = labels[k] as number;
      for (let c = 0; c < C; c++) logits[c] = x[size + c] as number;
      const [begin, end] = [rows.offsets[k] as number, rows.offsets[k + 1] as number];
      for (let j = begin; j < end; j++) {
        const at = (rows.features[j] as number) * C;
        for (let c = 0; c < C; c++) logits[c] = (logits[c] as number) + (effective[at + c] as number);
      }
      loss += toErrors(logits, label);
      for (let c = 0; c < C; c++) gradient[size + c] = (gradient[size + c] as number) + (logits[c] as number);
      for (let j = begin; j < end; j++) {
        const at = (rows.features[j] as number) * C;
        for (let c = 0; c < C; c++) pull[at + c] = (pull[at + c] as number) + (logits[c] as number);
      }
    }
    for (let i = 0; i < size; i++)
      gradient[i] = (pull[i] as number) * (scales ? (scales[i] as number) : 1) + penalty * (x[i] as number);
    return loss;
  };

  const solution = from ? from.slice() : new Float64Array(size + C);
  minimize(objective, solution, { iterations: ITERATIONS, tolerance: TOLERANCE });
  const weights = solution.slice(0, size);
  if (scales) for (let i = 0; i < size; i++) weights[i] = (weights[i] as number) * (scales[i] as number);
  return { weights, bias: solution.slice(size), solution };
}

/** [rows · classes] */
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

/** Turns logits into softmax minus one-hot, the gradient of their loss, and returns the loss. */
function toErrors(logits: Float64Array, label: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < logits.length; c++) max = Math.max(max, logits[c] as number);
  const own = (logits[label] as number) - max;
  let sum = 0;
  for (let c = 0; c < logits.length; c++) sum += logits[c] = Math.exp((logits[c] as number) - max);
  for (let c = 0; c < logits.length; c++) logits[c] = (logits[c] as number) / sum - (c === label ? 1 : 0);
  return Math.log(sum) - own;
}
