/**
 * Trains character models whose initial weights are half or twice as large as usual, as `--minutes` trains a model that reads a text
 * a few times, and prints the validation loss of each as a line of JSON.
 *
 *     node .ci/start.mjs apps/char-lm/bench/initial-scale.ts DATASET SEED
 */
import { fit, type Param } from '@unroll/rnn-core';
import { openBackend } from '@unroll/run';
import { readEncodedCorpus } from '../src/commands/encoded-corpus.ts';
import { CharLmTask } from '../src/training/char-lm-task.ts';
import { BATCH_SIZE, HIDDEN_SIZE, LEARNER, WINDOWS } from './short-training.ts';

const LENGTHS = [250, 500, 1000]; // steps
const SCALED = { embedding: /^embedding\./, matrices: /^layers\.0\.weight/ };
const SCALES = [0.5, 2];
const OPTIONS = {
  cell: 'gru',
  hiddenSize: HIDDEN_SIZE,
  numLayers: 1,
  embeddingSize: HIDDEN_SIZE,
  tieWeights: true,
  layerNorm: false,
  embeddingDropout: 0,
  dropout: 0,
  weightDropout: 0,
  variationalDropout: false,
  batchSize: BATCH_SIZE,
  ...WINDOWS,
  ...LEARNER,
} as const;

const [dataset = '', number] = process.argv.slice(2);
const seed = Number(number);
if (!Number.isSafeInteger(seed)) {
  console.error('initial-scale: must be given a data set and a seed, such as moby-dick 1');
  process.exit(2);
}
const corpus = await readEncodedCorpus({ dataset, unit: 'codepoint' });
using open = await openBackend({ backend: 'native', threads: 1, precision: 'bf16' });
for (const steps of LENGTHS) {
  await train(steps);
  for (const part of ['embedding', 'matrices'] as const) for (const by of SCALES) await train(steps, part, by);
}

/** Trains with the initial weights of one part multiplied; by default with those that every training has. */
async function train(steps: number, part?: keyof typeof SCALED, by = 1): Promise<void> {
  using task = new CharLmTask({ ...OPTIONS, seed }, corpus, open.backend, steps);
  for (const [name, param] of task.learner.parameters) if (part && SCALED[part].test(name)) multiply(param, by);
  const { bestLoss } = await fit(task, { steps, validateEvery: steps });
  const loss = Number(bestLoss.toFixed(4));
  console.log(JSON.stringify({ dataset, part: part ?? 'as usual', by, steps, seed, loss }));
}

function multiply(param: Param, by: number): void {
  const values = param.view();
  for (let k = 0; k < values.length; k++) values[k] = by * (values[k] as number);
}
