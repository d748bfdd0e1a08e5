/**
 * The character LSTM W1 in jax-js on its WebAssembly backend, training, answering rounds: gradient, clipping and Adam in
 * one compiled function. It has no loop over time, so time is unrolled, and a step's input is an array of its own.
 * Every use of an array but the last takes its `ref`: what is handed over is consumed.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serveRounds } from '../rounds.ts';
import { CHAR_MODELS } from '../workloads.ts';

/** Of jax-js only what is used here: it is no dependency, so its types are not there. */
interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  add(x: JaxArray | number): JaxArray;
  sub(x: JaxArray): JaxArray;
  mul(x: JaxArray | number): JaxArray;
  div(x: JaxArray): JaxArray;
  sum(): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  slice(...at: readonly (readonly [] | number)[]): JaxArray;
  jsAsync(): Promise<number>;
}
/** Embedding, W_ih, W_hh, the gates' bias, W and b of the output. */
type Weights = readonly [JaxArray, JaxArray, JaxArray, JaxArray, JaxArray, JaxArray];
type Unary = (x: JaxArray) => JaxArray;
type Step = (
  weights: Weights,
  m: Weights,
  v: Weights,
  x: JaxArray[],
  y: JaxArray,
) => [JaxArray, Weights, Weights, Weights];
interface Jax {
  readonly numpy: {
    array(values: Float32Array): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    concatenate(xs: readonly JaxArray[], axis: number): JaxArray;
    divide(a: number, b: JaxArray): JaxArray;
    minimum(a: number, b: JaxArray): JaxArray;
    readonly tanh: Unary;
    readonly sqrt: Unary;
    readonly square: Unary;
  };
  readonly nn: { readonly sigmoid: Unary; logSoftmax(x: JaxArray, axis: number): JaxArray };
  readonly init: (device: 'wasm') => Promise<unknown>;
  readonly defaultDevice: (device: 'wasm') => void;
  readonly jit: (f: Step) => Step;
  readonly valueAndGrad: (
    f: (weights: Weights, x: JaxArray[], y: JaxArray) => JaxArray,
  ) => (weights: Weights, x: JaxArray[], y: JaxArray) => [JaxArray, Weights];
}

// Node 20 has no `navigator`, and without one jax-js does not start.
Object.assign(globalThis, { navigator: globalThis.navigator ?? { hardwareConcurrency: 1 } });
const entry = join(process.env['UNROLL_PEERS'] ?? '', 'node_modules/@jax-js/jax/dist/index.js');
const { numpy: np, nn, init, defaultDevice, jit, valueAndGrad } = (await import(pathToFileURL(entry).href)) as Jax;
await init('wasm');
defaultDevice('wasm');

const { V, E, H, B, T } = CHAR_MODELS.W1;
const random = (...shape: number[]): JaxArray =>
  np
    .array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.2 * Math.random() - 0.1))
    .reshape(shape);
const oneHot = (rows: number): JaxArray => {
  const values = new Float32Array(rows * V);
  for (let row = 0; row < rows; row++) values[row * V + Math.floor(Math.random() * V)] = 1;
  return np.array(values).reshape([rows, V]);
};
const each = (weights: Weights, f: (w: JaxArray, k: number) => JaxArray): Weights =>
  weights.map(f) as unknown as Weights;
const shared = (weights: Weights): Weights => each(weights, ({ ref }) => ref);

/** Mean cross-entropy; x: T of [B, V], y: [T·B, V]. */
function loss([table, wIh, wHh, bias, wOut, bOut]: Weights, x: JaxArray[], y: JaxArray): JaxArray {
  let [h, c] = [np.zeros([B, H]), np.zeros([B, H])];
  const hs = x.map((oneHots) => {
    const e = np.matmul(oneHots, table.ref);
    const z = np.matmul(e, wIh.ref).add(np.matmul(h, wHh.ref)).add(bias.ref).reshape([B, 4, H]);
    const [i, f] = [nn.sigmoid(z.ref.slice([], 0)), nn.sigmoid(z.ref.slice([], 1))];
    const [g, o] = [np.tanh(z.ref.slice([], 2)), nn.sigmoid(z.slice([], 3))];
    c = f.mul(c).add(i.mul(g));
    h = o.mul(np.tanh(c.ref));
    return h.ref;
  });
  const logits = np.matmul(np.concatenate(hs, 0), wOut).add(bOut);
  return nn
    .logSoftmax(logits, -1)
    .mul(y)
    .sum()
    .mul(-1 / (T * B));
}

const step = jit((weights, m, v, x, y) => {
  const [value, gradients] = valueAndGrad(loss)(shared(weights), x, y);
  const squares = shared(gradients).map((g) => np.square(g).sum());
  const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
  const scale = np.minimum(1, np.divide(5, norm.add(1e-6)));
  const clipped = each(gradients, (g) => g.mul(scale.ref));
  const m1 = each(m, (old, k) => old.mul(0.9).add((clipped[k] as JaxArray).ref.mul(0.1)));
  const v1 = each(v, (old, k) => old.mul(0.999).add(np.square(clipped[k] as JaxArray).mul(0.001)));
  const next = each(weights, (w, k) => {
    const deviation = np.sqrt((v1[k] as JaxArray).ref).add(1e-8);
    return w.sub((m1[k] as JaxArray).ref.mul(1e-3).div(deviation));
  });
  return [value, next, m1, v1];
});

let weights: Weights = [random(V, E), random(E, 4 * H), random(H, 4 * H), random(4 * H), random(H, V), random(V)];
const zeros = (): Weights => each(weights, ({ shape }) => np.zeros(shape));
let [m, v] = [zeros(), zeros()];
const [x, y] = [Array.from({ length: T }, () => oneHot(B)), oneHot(T * B)];

await serveRounds({
  tokens: B * T,
  async run() {
    const [value, ...next] = step(
      weights,
      m,
      v,
      x.map(({ ref }) => ref),
      y.ref,
    );
    [weights, m, v] = next;
    await value.jsAsync();
  },
});
