// Continues a text with an exported model, always by the most probable character:
//   npm install onnxruntime-node && node example.mjs 'The '
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node'; // in a page: 'onnxruntime-web', and fetch instead of readFileSync

const [prompt = 'The ', maxLength = '200', folder = '.'] = process.argv.slice(2);
const { unit, alphabet } = JSON.parse(readFileSync(`${folder}/tokenizer.json`, 'utf8'));
const session = await ort.InferenceSession.create(`${folder}/model.onnx`);

// Without an alphabet, ids are the bytes of UTF-8. Else id k is character k - 1; id 0 is a character that is not there.
const charactersOf = (text) =>
  unit === 'grapheme' ? Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment) : [...text];
const encode = (text) =>
  alphabet ? charactersOf(text).map((character) => alphabet.indexOf(character) + 1) : [...Buffer.from(text)];
const decode = (ids) =>
  alphabet ? ids.map((id) => alphabet[id - 1] ?? '\uFFFD').join('') : Buffer.from(ids).toString('utf8');

// The state is all zeros at the beginning of a text; afterwards it is what the last call returned.
let state = Object.fromEntries(
  session.inputMetadata
    .filter(({ name }) => name.endsWith('_0'))
    .map(({ name, shape }) => {
      const sizes = shape.map((size) => (size === 'batch' ? 1 : size));
      return [name, new ort.Tensor('float32', new Float32Array(sizes.reduce((a, b) => a * b)), sizes)];
    }),
);

/** Reads characters, and returns the logits of the next one. */
async function read(ids) {
  const { logits, ...last } = await session.run({
    input_ids: new ort.Tensor('int32', Int32Array.from(ids), [ids.length, 1]),
    lengths: new ort.Tensor('int32', Int32Array.of(ids.length), [1]),
    ...state,
  });
  state = Object.fromEntries(Object.entries(last).map(([name, value]) => [name.replace('_n', '_0'), value]));
  return logits.data.subarray(-logits.dims[2]);
}

// Without a prompt, a text begins after a newline, or after the first character of the alphabet.
let logits = await read(prompt ? encode(prompt) : [encode('\n')[0] || 1]);
const ids = [];
while (ids.length < Number(maxLength)) {
  if (alphabet) logits[0] = -Infinity;
  const id = logits.indexOf(Math.max(...logits));
  ids.push(id);
  logits = await read([id]);
}
console.log(prompt + decode(ids));
