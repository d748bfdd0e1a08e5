/**
 * A character model in TensorFlow.js on its WebAssembly backend, training, answering rounds. usage: tfjs.ts WORKLOAD train 1 [T]
 * That backend has no gradient of an embedding, so the characters come as one-hot rows into a dense layer.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { serveRounds } from '../rounds.ts';
import { CHAR_MODELS, type CharWorkload } from '../workloads.ts';

/** Of TensorFlow.js only what is used here: it is no dependency, so its types are not there. */
interface TfTensor {
  toFloat(): TfTensor;
  reshape(shape: readonly number[]): TfTensor;
  mul(x: TfTensor): TfTensor;
  square(): TfTensor;
  sum(): TfTensor;
  dataSync(): Float32Array;
}
interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  sequential(): { add(layer: object): void; apply(x: TfTensor, options: object): TfTensor };
  readonly layers: Record<'dense' | 'lstm' | 'gru' | 'simpleRNN', (options: object) => object>;
  readonly losses: { softmaxCrossEntropy(labels: TfTensor, logits: TfTensor): TfTensor };
  readonly train: { adam(rate: number): { applyGradients(gradients: Record<string, TfTensor>): void } };
  randomUniform(shape: readonly number[], from: number, to: number, type: string): TfTensor;
  oneHot(x: TfTensor, depth: number): TfTensor;
  variableGrads(f: () => TfTensor): { value: TfTensor; grads: Record<string, TfTensor> };
  addN(xs: readonly TfTensor[]): TfTensor;
  sqrt(x: TfTensor): TfTensor;
  minimum(a: TfTensor, b: TfTensor): TfTensor;
  div(a: number, b: TfTensor): TfTensor;
  scalar(x: number): TfTensor;
  tidy<R>(f: () => R): R;
}

const require = createRequire(join(process.env['UNROLL_PEERS'] ?? '', 'x.js'));
const tf = require('@tensorflow/tfjs') as Tf;
const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void };
wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await tf.setBackend('wasm');
await tf.ready();

const { cell, V, E, H, L, B, ...sizes } = CHAR_MODELS[process.argv[2] as CharWorkload];
const T = Number(process.argv[5] ?? sizes.T);
const model = tf.sequential();
model.add(tf.layers.dense({ units: E, useBias: false, inputShape: [T, V] }));
const kinds: Readonly<Record<string, string>> = { rnn: 'simpleRNN', gru: 'gru', lstm: 'lstm' };
const kind = kinds[cell] as 'lstm';
const variant = kind === ('gru' as string) ? { resetAfter: false } : {}; // its GRU with the reset after the product throws
for (let layer = 0; layer < L; layer++)
  model.add(tf.layers[kind]({ units: H, returnSequences: true, recurrentInitializer: 'glorotUniform', ...variant }));
model.add(tf.layers.dense({ units: V }));
const x = tf.oneHot(tf.randomUniform([B, T], 0, V, 'int32'), V).toFloat();
const y = tf.oneHot(tf.randomUniform([B * T], 0, V, 'int32'), V);
const adam = tf.train.adam(1e-3);

await serveRounds({
  tokens: B * T,
  run: () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() =>
        tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }).reshape([B * T, V])),
      );
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((g) => g.square().sum())));
      const scale = tf.minimum(tf.scalar(1), tf.div(5, norm));
      adam.applyGradients(Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, g.mul(scale)])));
      value.dataSync();
    }),
});
