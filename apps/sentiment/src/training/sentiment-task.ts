import {
  add,
  type Backend,
  type CrossEntropyOptions,
  crossEntropy,
  Learner,
  type Metrics,
  Parameters,
  Rng,
  scale,
  Tape,
  type Tensor,
  type TrainingTask,
  type Validation,
} from '@unroll/rnn-core';
import { lengthBuckets } from '@unroll/text';
import type { TrainConfig } from '../config.ts';
import { SentimentModel, type SentimentShape } from '../model/sentiment-model.ts';
import { fitTrust } from '../model/trust.ts';
import { decision, networkLogits, verdicts } from '../prediction/judge.ts';
import { type TokenBatch, tokenBatch } from '../tokenizer/token-batch.ts';
import { UNKNOWN } from '../tokenizer/word-list.ts';
import type { PreparedTexts } from './prepared-texts.ts';

/**
 * The method: batches of texts of similar length, each network on its own cross-entropy. At every validation it is found
 * anew how much the network is to be trusted beside the bag of words.
 */
export class SentimentTask implements TrainingTask, Disposable {
  readonly model: SentimentModel;
  readonly learner: Learner;
  readonly #config: TrainConfig;
  readonly #texts: PreparedTexts;
  readonly #backend: Backend;
  readonly #classWeights: Float32Array | undefined;
  readonly #streams: { readonly order: Rng; readonly words: Rng; readonly dropout: Rng };
  #epoch: { readonly number: number; readonly batches: readonly Int32Array[] } | undefined;

  constructor(config: TrainConfig, texts: PreparedTexts, backend: Backend, steps: number) {
    this.#config = config;
    this.#texts = texts;
    this.#backend = backend;
    const rng = Rng.seeded(config.seed);
    this.#streams = { order: rng.split('order'), words: rng.split('words'), dropout: rng.split('dropout') };
    this.model = new SentimentModel(shapeOf(config, texts), trainingOf(config), {
      bag: texts.reader.bag,
      vectors: texts.vectors?.initializer,
    });
    const parameters = Parameters.create(this.model, backend, rng.split('init'));
    this.learner = new Learner(parameters, config, steps);
    if (config.classWeights === 'balanced') this.#classWeights = balanced(texts.train.labels, texts.labels.size);
  }

  step(step: number): Metrics {
    using tape = new Tape(this.#backend);
    const chosen = this.#batchOf(step);
    const { texts, labels } = this.#texts.train;
    const batch = tokenBatch(
      Array.from(chosen, (k) => texts[k] as (typeof texts)[number]),
      this.model.shape.buckets,
    );
    dropWords(batch, this.#config.wordDropout, this.#streams.words.split(step));

    const targets = tape.ids(
      chosen.map((k) => labels[k] as number),
      [batch.B],
    );
    const options: CrossEntropyOptions = {
      labelSmoothing: this.#config.labelSmoothing,
      ...(this.#classWeights && { weight: tape.constant(this.#classWeights, [this.#classWeights.length]) }),
    };
    const losses = this.model
      .forward(batch, this.#streams.dropout.split(step))
      .map((logits) => crossEntropy(logits, targets, options));
    const update = this.learner.update(tape, mean(losses), step);

    const tokens = batch.lengths.reduce((sum, length) => sum + length, 0);
    return { ...update, tokens };
  }

  async validate(): Promise<Validation> {
    const { texts, labels } = this.#texts.valid;
    const logits = networkLogits(this.model, this.#backend, texts);
    this.model.ensembleWeights = fitTrust({ texts, logits, labels }, { bag: this.#config.bagOfWords });
    let [nats, right] = [0, 0];
    for (const [n, probabilities] of verdicts(this.model.ensembleWeights, texts, logits).entries()) {
      const label = labels[n] as number;
      nats -= Math.log(Math.max(probabilities[label] as number, Number.MIN_VALUE));
      if (decision(probabilities) === label) right++;
    }
    const loss = nats / labels.length;
    return { loss, metrics: { validLoss: loss, validAccuracy: right / labels.length } };
  }

  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  #batchOf(step: number): Int32Array {
    const perEpoch = stepsPerEpoch(this.#config, this.#texts);
    const number = Math.floor((step - 1) / perEpoch);
    if (this.#epoch?.number !== number) {
      const lengths = this.#texts.train.texts.map(({ ids }) => ids.length);
      const random = this.#streams.order.split(number);
      this.#epoch = { number, batches: lengthBuckets(lengths, { examples: this.#config.batch, random }) };
    }
    return this.#epoch.batches[(step - 1) % perEpoch] as Int32Array;
  }
}

export const stepsPerEpoch = ({ batch }: TrainConfig, { train }: PreparedTexts): number =>
  Math.ceil(train.texts.length / batch);

/** What decides the weights' names and shapes, as `config.json` holds it. */
export function shapeOf(
  config: TrainConfig,
  { labels, reader }: Pick<PreparedTexts, 'labels' | 'reader'>,
): SentimentShape {
  const { parts, embedding, convolution, cell, hidden, layers, bidirectional, pooling, members } = config;
  return {
    vocabulary: reader.words.size,
    classes: labels.size,
    signals: reader.signals,
    buckets: parts,
    embedding,
    convolution,
    cell,
    hidden,
    layers,
    bidirectional,
    pooling,
    members,
    features: reader.bag.index.size,
  };
}

const trainingOf = ({ dropoutInput, dropout, vectors, freezeVectors }: TrainConfig) => ({
  dropoutInput,
  dropout,
  freezeVectors: vectors !== undefined && freezeVectors,
});

/** Makes a share of the words unknown, in place; padding may be hit too, which nobody reads. */
function dropWords({ ids }: TokenBatch, rate: number, rng: Rng): void {
  if (rate === 0) return;
  for (let k = 0; k < ids.length; k++) if (rng.uniform() < rate) ids[k] = UNKNOWN;
}

/** Weights under which each class has the same sum, their mean over the texts 1. */
function balanced(labels: Int32Array, classes: number): Float32Array {
  const counts = new Float32Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts.map((count) => labels.length / (classes * count));
}

const mean = (losses: readonly Tensor[]): Tensor =>
  scale(
    losses.reduce((sum, loss) => add(sum, loss)),
    1 / losses.length,
  );
