/**
 * The encoder of a character language model under a sentiment classifier: what it gains where few texts have labels.
 *
 *     node --import tsx -C unroll-source examples/character-encoder.ts reviews > reviews.txt
 *     npx unroll char-lm train --data reviews.txt --cell gru --hidden-size 256 --lr 0.003 --batch-size 16 --bptt 64 \
 *       --steps 2000 --out runs/reviews
 *     node --import tsx -C unroll-source examples/character-encoder.ts runs/reviews
 *
 * All rows are trained for as many steps on the same labelled sentences. The accuracy is that on the validation sentences.
 */
import { fileURLToPath } from 'node:url';
import { CharLm, CharLmNetwork, type NetworkConfig } from '@unroll/char-lm';
import { Dataset, readDatasetRecords, type Split } from '@unroll/datasets';
import { meanAndSd } from '@unroll/metrics';
import * as rnn from '@unroll/rnn-core';
import { table } from '@unroll/run';
import { pad } from '@unroll/text';

const REVIEWS = 2500; // of imdb-10k, 3.3 million characters without their labels
const LABELS = [100, 400]; // of uci-sentences
const STEPS = 100;
const LR = 0.002;
const SEEDS = [1, 2, 3];
const BATCH_SIZE = 16;
const MAX_LENGTH = 100; // characters of a sentence

/** The hidden states of a character model, pooled over time, and an output layer of two classes. */
class Classifier extends rnn.Module {
  readonly encoder: CharLmNetwork;
  readonly head: rnn.Linear;

  constructor(config: NetworkConfig) {
    super();
    this.encoder = new CharLmNetwork(config);
    this.head = new rnn.Linear({ inFeatures: 2 * config.hiddenSize, outFeatures: 2 });
  }

  /** @param texts the ids of each of B texts @returns logits, [B, 2] */
  forward(texts: readonly Int32Array[], tape: rnn.Tape): rnn.Tensor {
    const { ids, lengths, T, B } = pad(texts);
    const embedded = this.encoder.embedding.forward(tape.ids(ids, [T, B]));
    const { hidden } = this.encoder.forwardEmbedded(embedded, { state: this.encoder.zeroState(B) });
    const y = hidden.at(-1) as rnn.Tensor; // [T, B, H], of the last layer
    return this.head.forward(rnn.concat([rnn.maxOverTime(y, lengths), rnn.meanOverTime(y, lengths)], -1));
  }
}

/** A sentence as the character model reads it. */
export interface Example {
  readonly text: Int32Array;
  /** 1 = positive, 0 = negative. */
  readonly label: number;
}

export interface Training extends Pick<rnn.LearnerOptions, 'lr' | 'freeze' | 'unfreezeAfter'> {
  /** Whether the encoder starts from the character model's weights, or from random ones. */
  readonly isPretrained: boolean;
  readonly steps: number;
  readonly seed: number;
}

/** Trains a classifier. @returns its accuracy on the validation examples, in per cent */
export function accuracyOf(
  { model: lm, backend }: CharLm,
  train: readonly Example[],
  valid: readonly Example[],
  { isPretrained, steps, seed, ...options }: Training,
): number {
  const rng = rnn.Rng.seeded(seed);
  const model = new Classifier(lm.config);
  const parameters = rnn.Parameters.create(model, backend, rng.split('init'));
  if (isPretrained) rnn.transferWeights(model.encoder, rnn.savedTensors(lm));
  using learner = new rnn.Learner(parameters, { lrSchedule: 'cosine', gradClip: 1, ...options }, steps);
  for (let step = 1; step <= steps; step++) {
    using tape = new rnn.Tape(backend);
    const random = rng.split(step);
    const batch = Array.from({ length: BATCH_SIZE }, () => train[random.integer(train.length)] as Example);
    const logits = model.forward(
      batch.map(({ text }) => text),
      tape,
    );
    const labels = tape.ids(
      Int32Array.from(batch, ({ label }) => label),
      [BATCH_SIZE],
    );
    learner.update(tape, rnn.crossEntropy(logits, labels), step);
  }
  using tape = new rnn.Tape(backend, { record: false });
  const logits = model.forward(
    valid.map(({ text }) => text),
    tape,
  );
  const correct = valid.filter(({ label }, k) => {
    const [negative = 0, positive = 0] = logits.row(k).toArray();
    return (positive > negative ? 1 : 0) === label;
  });
  return (100 * correct.length) / valid.length;
}

const ROWS: Readonly<Record<string, Omit<Training, 'steps' | 'lr' | 'seed'>>> = {
  'from random weights': { isPretrained: false },
  'from the character model': { isPretrained: true },
  'its encoder frozen for the first half': { isPretrained: true, freeze: ['encoder.*'], unfreezeAfter: [0.5] },
};

async function compare(folder: string): Promise<void> {
  using lm = await CharLm.load(folder);
  const [train, valid] = [await sentences(lm, 'train'), await sentences(lm, 'valid')];
  const rows = Object.entries(ROWS).map(([name, row]) => [
    name,
    ...LABELS.map((count) => {
      const accuracies = SEEDS.map((seed) => {
        const order = rnn.Rng.seeded(seed).split('labelled').permutation(train.length);
        const labelled = Array.from(order.subarray(0, count), (k) => train[k] as Example);
        return accuracyOf(lm, labelled, valid, { ...row, lr: LR, steps: STEPS, seed });
      });
      const { mean, sd } = meanAndSd(accuracies);
      return `${mean.toFixed(1)} ± ${sd.toFixed(1)}`;
    }),
  ]);
  console.log(table(['validation accuracy % ↑', ...LABELS.map((count) => `${count} labels`)], rows));
}

async function sentences({ vocabulary }: CharLm, split: Split): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const { values } of readDatasetRecords(Dataset.open('uci-sentences'), split)) {
    const text = vocabulary.encode(values['text'] ?? '').slice(0, MAX_LENGTH);
    examples.push({ text, label: Number(values['label']) });
  }
  return examples;
}

async function printReviews(): Promise<void> {
  let printed = 0;
  for await (const { values } of readDatasetRecords(Dataset.open('imdb-10k'), 'train')) {
    if (printed++ === REVIEWS) return;
    console.log(values['text']);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what = 'runs/reviews'] = process.argv.slice(2);
  await (what === 'reviews' ? printReviews() : compare(what));
}
