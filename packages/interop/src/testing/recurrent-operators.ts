import { array, at, type NumberArray } from './number-array.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const relu = (x: number): number => Math.max(x, 0);

interface Attributes {
  readonly [name: string]: number | string | readonly number[] | readonly string[] | undefined;
}

/** The new state of a batch entry from both parts of its gates: x·Wᵀ + Wb and h·Rᵀ + Rb. Returns [H] of h, and of c. */
type Cell = (x: Float64Array, a: Float64Array, h: Float64Array, c: Float64Array) => void;

const CELLS: Record<string, { gates: number; cell: (attributes: Attributes, d: number) => Cell }> = {
  RNN: {
    gates: 1,
    cell: ({ activations }, d) => {
      const f = ((activations as readonly string[] | undefined)?.[d] ?? 'Tanh') === 'Relu' ? relu : Math.tanh;
      return (x, a, h) => h.forEach((_, j) => (h[j] = f(sum(x, a, j))));
    },
  },
  GRU: {
    gates: 3,
    cell: (attributes, d) => {
      if (attributes['linear_before_reset'] !== 1) throw new Error('GRU: linear_before_reset must be 1');
      const f = candidateActivation(attributes, d);
      return (x, a, h) => {
        const H = h.length;
        for (let j = 0; j < H; j++) {
          const [z, r] = [sigmoid(sum(x, a, j)), sigmoid(sum(x, a, H + j))];
          const n = f((x[2 * H + j] as number) + r * (a[2 * H + j] as number));
          h[j] = (1 - z) * n + z * (h[j] as number);
        }
      };
    },
  },
  LSTM: {
    gates: 4,
    cell: () => (x, a, h, c) => {
      const H = h.length;
      for (let j = 0; j < H; j++) {
        const [i, o, f] = [0, H, 2 * H].map((block) => sigmoid(sum(x, a, block + j))) as [number, number, number];
        c[j] = f * (c[j] as number) + i * Math.tanh(sum(x, a, 3 * H + j));
        h[j] = o * Math.tanh(c[j] as number);
      }
    },
  },
};

/** Of a GRU in direction d: tanh, or an affine function. */
function candidateActivation(
  { activations, activation_alpha: alpha, activation_beta: beta }: Attributes,
  d: number,
): (x: number) => number {
  const [gate, name] = (activations as readonly string[] | undefined)?.slice(2 * d) ?? ['Sigmoid', 'Tanh'];
  if (gate !== 'Sigmoid' || !(name === 'Tanh' || name === 'Affine'))
    throw new Error(`GRU: activations must be Sigmoid and Tanh or Affine, got ${gate} and ${name}`);
  if (name === 'Tanh') return Math.tanh;
  const [slope, offset] = [alpha, beta].map((values) => (values as readonly number[])[d]) as [number, number];
  return (x) => slope * x + offset;
}

const sum = (x: Float64Array, a: Float64Array, k: number): number => (x[k] as number) + (a[k] as number);

/** ONNX's RNN, GRU and LSTM. Source: https://onnx.ai/onnx/operators/onnx__LSTM.html and its neighbours, layout 0. */
export function recurrentOperator(
  op: string,
  [X, W, R, bias, lengths, initialH, initialC]: readonly (NumberArray | undefined)[],
  attributes: Attributes,
): NumberArray[] {
  if (!X || !W || !R) throw new Error(`${op}: X, W and R must be given`);
  const { gates, cell } = CELLS[op] as (typeof CELLS)[string];
  const [T = 0, B = 0, I = 0] = X.shape;
  const [D = 0, rows = 0] = W.shape;
  const H = rows / gates;
  if (H !== attributes['hidden_size']) throw new Error(`${op}: hidden_size must be ${H}`);
  if (D !== (attributes['direction'] === 'bidirectional' ? 2 : 1)) throw new Error(`${op}: direction does not fit W`);
  const [Y, lastH, lastC] = [array([T, D, B, H]), array([D, B, H]), array([D, B, H])];
  for (let d = 0; d < D; d++) {
    const step = cell(attributes, d);
    for (let b = 0; b < B; b++) {
      const from = (d * B + b) * H;
      const h = lastH.data.subarray(from, from + H);
      const c = lastC.data.subarray(from, from + H);
      if (initialH) h.set(initialH.data.subarray(from, from + H));
      if (initialC) c.set(initialC.data.subarray(from, from + H));
      const length = lengths?.data[b] ?? T;
      for (let k = 0; k < length; k++) {
        const t = d === 1 ? length - 1 - k : k;
        const project = (weights: NumberArray, biasFrom: number, N: number, input: (n: number) => number) =>
          Float64Array.from({ length: rows }, (_, g) => {
            let z = bias ? at(bias, [d, biasFrom + g]) : 0;
            for (let n = 0; n < N; n++) z += at(weights, [d, g, n]) * input(n);
            return z;
          });
        const x = project(W, 0, I, (n) => at(X, [t, b, n]));
        const a = project(R, rows, H, (n) => h[n] as number);
        step(x, a, h, c);
        Y.data.set(h, ((t * D + d) * B + b) * H);
      }
    }
  }
  return [Y, lastH, lastC];
}
