/**
 * Compares the exported model of a run with ours, over its whole held-out text. usage: onnx.ts RUN node|web
 * onnxruntime is in the folder UNROLL_PEERS: see .ci/verify-onnx.mjs.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Agreement, type OnnxRuntime } from '@unroll/interop/testing';
import { carryState, Tape } from '@unroll/rnn-core';
import { readRunCorpus } from '../src/commands/encoded-corpus.ts';
import { openModel } from '../src/commands/open-model.ts';
import { type CharLmNetwork, KERNEL_SIZE } from '../src/model/char-lm-network.ts';
import { onnxGraph } from '../src/onnx.ts';

const [dir = '', kind = 'node'] = process.argv.slice(2);
const ort = createRequire(join(process.env['UNROLL_PEERS'] ?? '', 'x.js'))(`onnxruntime-${kind}`) as OnnxRuntime;
using opened = await openModel({ dir, checkpoint: 'best', backend: 'auto' }, { err: process.stderr });
const { model, vocabulary, backend } = opened.lm;
const { train, heldOut } = await readRunCorpus(dir, vocabulary);
const text = Int32Array.from([...train.slice(-1), ...heldOut.flatMap(({ encoded }) => [...encoded.ids])]);

const session = await ort.InferenceSession.create(onnxGraph(model).encode({ description: '', metadata: {} }));
const { vocabSize: V } = model.config;
let theirs = Object.fromEntries(
  session.inputNames
    .filter((name) => name.endsWith('_0'))
    .map((name) => {
      const network = model.members[Number(/^members_(\d+)_/.exec(name)?.[1] ?? 0)] as CharLmNetwork;
      const { numLayers: L, hiddenSize: H } = network.config;
      const sizes = name.endsWith('x_0') ? [L, 1, KERNEL_SIZE - 1, H] : [L, 1, H];
      return [name, new ort.Tensor('float32', new Float32Array(sizes.reduce((a, b) => a * b)), sizes)];
    }),
);
const agreement = new Agreement();
using outer = new Tape(backend, { record: false });
const state = model.zeroState(1);
const CHUNK = 1024;
for (let from = 0; from < text.length - 1; from += CHUNK) {
  const ids = text.slice(from, Math.min(from + CHUNK, text.length - 1));
  using tape = new Tape(outer.backend, { record: false });
  const ours = model.forward(tape.ids(ids, [ids.length, 1]), { state });
  const { logits, ...last } = await session.run({
    input_ids: new ort.Tensor('int32', ids, [ids.length, 1]),
    lengths: new ort.Tensor('int32', Int32Array.of(ids.length), [1]),
    ...theirs,
  });
  theirs = Object.fromEntries(Object.entries(last).map(([name, value]) => [name.replace('_n', '_0'), value]));
  agreement.add(ours.logits.view(), logits?.data ?? [], V);
  carryState(ours.state, state);
}
console.log(JSON.stringify({ compared: `${text.length - 1} characters`, ...agreement.toJSON() }));
