// Translates sentences with an exported model, by greedy decoding:
//   npm install onnxruntime-node @unroll/translate && node example.mjs 'A dog runs.'
import { readFileSync } from 'node:fs';
import { TranslationTokenizer } from '@unroll/translate';
import * as ort from 'onnxruntime-node'; // in a page: 'onnxruntime-web', and fetch instead of readFileSync

const folder = process.env.FOLDER ?? '.';
const tokenizer = TranslationTokenizer.fromJson(JSON.parse(readFileSync(`${folder}/tokenizer.json`, 'utf8')));
const [encoder, decoder] = await Promise.all(
  ['encoder', 'decoder'].map((name) => ort.InferenceSession.create(`${folder}/${name}.onnx`)),
);

async function translate(text) {
  const source = tokenizer.encodeSource(text);
  const lengths = new ort.Tensor('int32', Int32Array.of(source.length), [1]);
  const encoded = await encoder.run({ input_ids: new ort.Tensor('int32', source, [source.length, 1]), lengths });

  const feeds = decoder.inputNames.includes('lengths') ? { ...encoded, lengths } : { ...encoded };
  let token = tokenizer.eos.target;
  const ids = [];
  const maxLength = Math.floor(1.6 * source.length) + 10;
  while (ids.length < maxLength) {
    const step = await decoder.run({ ...feeds, input_ids: new ort.Tensor('int32', Int32Array.of(token), [1]) });
    token = step.logits.data.indexOf(Math.max(...step.logits.data));
    if (token === tokenizer.eos.target) break;
    ids.push(token);
    for (const [name, value] of Object.entries(step)) if (name.startsWith('next_')) feeds[name.slice(5)] = value;
  }
  return tokenizer.target.decode(Int32Array.from(ids));
}

for (const text of process.argv.slice(2)) console.log(await translate(text));
