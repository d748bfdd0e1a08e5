// Classifies texts with an exported model:
//   npm install onnxruntime-node @unroll/sentiment && node example.mjs RUN 'Wow, loved it'
// The run's own files turn a text into the inputs; onnxruntime computes the rest.
import { onnxInputs, SentimentClassifier } from '@unroll/sentiment';
import * as ort from 'onnxruntime-node'; // in a page: 'onnxruntime-web'

const [run, ...texts] = process.argv.slice(2);
const classifier = await SentimentClassifier.load(run);
const session = await ort.InferenceSession.create('model.onnx');

const encoded = texts.map((text) => classifier.tokenizer.encode(text.normalize('NFC')));
const inputs = Object.entries(onnxInputs(classifier.model, encoded));
const { probabilities } = await session.run(
  Object.fromEntries(inputs.map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)])),
);

const { names } = classifier.labels;
for (const [n, text] of texts.entries()) {
  const row = probabilities.data.subarray(n * names.length, (n + 1) * names.length);
  console.log(`${names.map((name, c) => `${name} ${row[c].toFixed(4)}`).join('  ')}  ${text}`);
}
