import process from 'node:process';
import { Writable } from 'node:stream';
import { type ModelChoice, TrainedModel } from '../prediction/trained-model.ts';

/** What a process of a {@link JudgePool} runs: texts come as messages, each answered by their probabilities, [N · C]. */
const choice = JSON.parse(process.argv[2] ?? '') as ModelChoice;
const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
const trained = await TrainedModel.open(choice, { err: silent });
const C = trained.labels.size;
process.on('message', (texts: readonly string[]) => {
  const probabilities = new Float64Array(texts.length * C);
  for (const [n, one] of trained.judge(texts).entries()) probabilities.set(one, n * C);
  process.send?.(probabilities);
});
