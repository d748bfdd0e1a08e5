/**
 * Translates the whole test set of a run by greedy decoding with its exported model and with ours, one step of both after
 * another. usage: onnx.ts RUN node|web
 * onnxruntime is in the folder UNROLL_PEERS: see .ci/verify-onnx.mjs.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Agreement, type OnnxRuntime, type RuntimeTensor } from '@unroll/interop/testing';
import { pad } from '@unroll/text';
import { readRunPairs } from '../src/commands/evaluate.ts';
import { openTranslator } from '../src/commands/open-translator.ts';
import { onnxDecoder, onnxEncoder } from '../src/onnx.ts';
import { defaultMaxLength } from '../src/search/hypothesis.ts';
import { IncrementalDecoder } from '../src/search/incremental-decoder.ts';

const [dir = '', kind = 'node'] = process.argv.slice(2);
const ort = createRequire(join(process.env['UNROLL_PEERS'] ?? '', 'x.js'))(`onnxruntime-${kind}`) as OnnxRuntime;
using translator = await openTranslator(
  { dir, checkpoint: 'best', backend: 'auto' },
  { err: process.stderr, out: process.stdout, invocation: 'translate', command: '' },
);
const { model, backend, tokenizer } = translator;
const { test, valid } = await readRunPairs(dir);
const sentences = [...new Set((test ?? valid).map(({ source }) => source))];
const eos = tokenizer.eos.target;
const V = model.config.targetVocabSize;

const INFO = { description: '', metadata: {} };
const encoder = await ort.InferenceSession.create(onnxEncoder(model).encode(INFO));
const decoder = await ort.InferenceSession.create(onnxDecoder(model).encode(INFO));
const int32 = (values: ArrayLike<number>, ...dims: number[]): RuntimeTensor =>
  new ort.Tensor('int32', Int32Array.from(values), dims);

const agreement = new Agreement();
let equal = 0;
for (let from = 0; from < sentences.length; from += 16) {
  const texts = sentences.slice(from, from + 16);
  const sources = texts.map((text) => tokenizer.encodeSource(text));
  const { T, B, ids, lengths } = pad(sources);
  const fixed = decoder.inputNames.includes('lengths') ? { lengths: int32(lengths, B) } : {};
  const feeds: Record<string, RuntimeTensor> = {
    ...(await encoder.run({ input_ids: int32(ids, T, B), lengths: int32(lengths, B) })),
    ...fixed,
  };
  const written: number[][] = sources.map(() => []);
  const isDone = sources.map(() => false);
  using ours = new IncrementalDecoder({ model, backend, eos }, sources, 1);
  let tokens = new Int32Array(B).fill(eos);
  while (isDone.includes(false)) {
    const { logits, ...next } = await decoder.run({ ...feeds, input_ids: int32(tokens, B) });
    for (const [name, value] of Object.entries(next))
      if (name !== 'attention') feeds[name.replace('next_', '')] = value;
    const theirs = logits?.data ?? new Float32Array();
    ours.step(tokens, Int32Array.from(tokens.keys()), ({ probabilities }) => {
      for (let b = 0; b < B; b++)
        if (!isDone[b])
          agreement.add(
            Array.from(probabilities.subarray(b * V, (b + 1) * V), Math.log),
            theirs.subarray(b * V, (b + 1) * V),
            V,
          );
    });
    tokens = tokens.map((_, b) => {
      const row = theirs.subarray(b * V, (b + 1) * V);
      const token = row.indexOf(Math.max(...row));
      const line = written[b] as number[];
      if (token === eos || line.length === defaultMaxLength(lengths[b] as number)) isDone[b] = true;
      if (!isDone[b]) line.push(token);
      return token;
    });
  }
  const greedy = await translator.translate(texts, { beamSize: 1 });
  equal += greedy.filter((text, b) => text === tokenizer.target.decode(Int32Array.from(written[b] ?? []))).length;
}
console.log(
  JSON.stringify({
    compared: `${sentences.length} sentences`,
    ...agreement.toJSON(),
    same: `${equal} of ${sentences.length} translations`,
  }),
);
