/**
 * Compares the exported model of a run with ours, over its whole test set. usage: onnx.ts RUN node|web
 * onnxruntime is in the folder UNROLL_PEERS: see .ci/verify-onnx.mjs.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Agreement, type OnnxRuntime } from '@unroll/interop/testing';
import { readRunTexts } from '../src/commands/evaluate.ts';
import { openClassifier } from '../src/commands/open-classifier.ts';
import { onnxGraph, onnxInputs } from '../src/onnx.ts';
import { encodeExamples } from '../src/training/training-data.ts';

const [dir = '', kind = 'node'] = process.argv.slice(2);
const ort = createRequire(join(process.env['UNROLL_PEERS'] ?? '', 'x.js'))(`onnxruntime-${kind}`) as OnnxRuntime;
using opened = await openClassifier({ dir, checkpoint: 'best', backend: 'auto' }, { err: process.stderr });
const { classifier } = opened;
const { test, valid } = await readRunTexts(dir);
const { texts } = await encodeExamples(classifier.tokenizer, classifier.labels, test ?? valid);

const graph = onnxGraph(classifier.model).encode({ description: '', metadata: {} });
const session = await ort.InferenceSession.create(graph);
const agreement = new Agreement();
for (let from = 0; from < texts.length; from += 32) {
  const batch = texts.slice(from, from + 32);
  const ours = classifier.probabilities(batch).flatMap((row) => Array.from(row, Math.log));
  const inputs = Object.entries(onnxInputs(classifier.model, batch));
  const { logits } = await session.run(
    Object.fromEntries(inputs.map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)])),
  );
  agreement.add(ours, logits?.data ?? [], classifier.labels.names.length);
}
console.log(JSON.stringify({ compared: `${texts.length} texts`, ...agreement.toJSON() }));
