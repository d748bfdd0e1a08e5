/**
 * A character LSTM in onnxruntime, answering rounds. usage: onnxruntime.ts WORKLOAD MODE THREADS node|web
 * The package is in the folder UNROLL_PEERS; the model is exported by torch_export.py beside this file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Draw } from '../draw.ts';
import { serveRounds } from '../rounds.ts';
import { CHAR_MODELS, SAMPLED, type SampledWorkload } from '../workloads.ts';

interface OnnxTensor {
  readonly data: Float32Array;
}
interface Session {
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
}
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => OnnxTensor;
}

const [workload = '', mode, threads, kind] = process.argv.slice(2);
const require = createRequire(join(process.env['UNROLL_PEERS'] ?? '', 'x.js'));
const ort = require(`onnxruntime-${kind}`) as OnnxRuntime;
const trained = workload in SAMPLED ? SAMPLED[workload as SampledWorkload] : (workload as 'W1');
const { V, H, L, ...whole } = CHAR_MODELS[trained];
const { T, B } = mode === 'sample' ? { T: 1, B: 1 } : whole;

const folder = mkdtempSync(join(tmpdir(), 'unroll-onnx-'));
const path = join(folder, 'model.onnx');
const exporter = fileURLToPath(new URL('./torch_export.py', import.meta.url));
execFileSync(process.env['UNROLL_PYTHON'] ?? 'python3', [exporter, trained, String(T), String(B), path], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
const model = readFileSync(path);
rmSync(folder, { recursive: true });

if (kind === 'web') ort.env.wasm.numThreads = Number(threads);
const session = await ort.InferenceSession.create(model, {
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  executionProviders: [kind === 'web' ? 'wasm' : 'cpu'],
});
const zeros = () => new ort.Tensor('float32', new Float32Array(L * B * H), [L, B, H]);
const ids = (next: () => number) =>
  new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: T * B }, () => BigInt(next())),
    [T, B],
  );

const STEPS = mode === 'sample' ? 100 : 1;
const draw = new Draw(V);
let id = 1;
await serveRounds({
  tokens: T * B * STEPS,
  async run() {
    let [h, c] = [zeros(), zeros()] as [OnnxTensor, OnnxTensor];
    for (let k = 0; k < STEPS; k++) {
      const out = await session.run({
        ids: ids(() => (mode === 'sample' ? id : Math.floor(Math.random() * V))),
        h,
        c,
      });
      if (mode === 'sample') id = draw.of((out['logits'] as OnnxTensor).data, Math.random());
      [h, c] = [out['hn'] as OnnxTensor, out['cn'] as OnnxTensor];
    }
  },
});
