import process from 'node:process';
import { Writable } from 'node:stream';
import { type ModelOptions, openClassifier } from './open-classifier.ts';

/** The program of a worker of `PredictionPool`: receives texts as messages, answers with their probabilities, [N · C]. */
const options = JSON.parse(process.argv[2] ?? '') as ModelOptions;
const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
const { classifier } = await openClassifier(options, { err: silent });
const C = classifier.labels.size;
process.on('message', (texts: readonly string[]) => {
  const encoded = texts.map((text) => classifier.tokenizer.encode(text));
  const probabilities = new Float64Array(texts.length * C);
  for (const [n, row] of classifier.probabilities(encoded).entries()) probabilities.set(row, n * C);
  process.send?.(probabilities);
});
