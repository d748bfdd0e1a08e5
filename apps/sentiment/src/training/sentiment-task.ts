import {
  type Backend,
  type CellName,
  crossEntropy,
  Learner,
  type LearnerOptions,
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
import { fitEnsembleWeights } from '../model/ensemble-weights.ts';
import type { PoolingName } from '../model/pooling.ts';
import { type SentimentConfig, SentimentModel } from '../model/sentiment-model.ts';
import { networkLogits } from '../prediction/network-logits.ts';
import { argmax, ensembleProbabilities } from '../prediction/probabilities.ts';
import { type TokenBatch, tokenBatch } from '../tokenizer/token-batch.ts';
import { UNKNOWN } from '../tokenizer/word-vocab.ts';
import type { TrainingData } from './training-data.ts';

/** The hyperparameters of a training, beside those of the optimizer. */
export interface SentimentTrainingOptions {
  readonly seed: number;
  readonly batchSize: number;
  readonly cell: CellName;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly pooling: PoolingName;
  /** Output channels of a convolution before the recurrent layers; 0 for none. */
  readonly convChannels: number;
  readonly embeddingSize: number;
  /** Hash buckets of the character n-grams; 0 for none. */
  readonly charNgramBuckets: number;
  readonly ensembleSize: number;
  /** See {@link SentimentConfig}. */
  readonly mixedEnsemble?: boolean | undefined;
  /** Keeps pretrained embeddings as they are. */
  readonly freezeVectors: boolean;
  /** False leaves the bag of words out of the predictions. */
  readonly bagOfWords: boolean;
  readonly embeddingDropout: number;
  readonly dropout: number;
  /** Probability that a training step replaces a word by the unknown one. */
  readonly wordDropout: number;
  readonly labelSmoothing: number;
  readonly classWeight: 'none' | 'balanced';
}

/**
 * The training method: batches of texts of similar length, each network on its own cross-entropy. Every validation fits the
 * ensemble weights of networks and bag of words.
 */
export class SentimentTask implements TrainingTask, Disposable {
  readonly model: SentimentModel;
  readonly learner: Learner;
  readonly #options: SentimentTrainingOptions;
  readonly #data: TrainingData;
  readonly #backend: Backend;
  readonly #classWeight: Float32Array | undefined;
  readonly #streams: { readonly order: Rng; readonly words: Rng; readonly dropout: Rng };
  #epoch: { readonly number: number; readonly batches: readonly Int32Array[] } | undefined;

  constructor(
    options: SentimentTrainingOptions & LearnerOptions,
    data: TrainingData,
    backend: Backend,
    steps: number,
  ) {
    this.#options = options;
    this.#data = data;
    this.#backend = backend;
    const rng = Rng.seeded(options.seed);
    this.#streams = { order: rng.split('order'), words: rng.split('words'), dropout: rng.split('dropout') };
    this.model = new SentimentModel(
      modelConfig(options, data),
      { ...options, freezeVectors: data.vectors !== undefined && options.freezeVectors },
      { bag: data.tokenizer.bag, vectors: data.vectors },
    );
    const parameters = Parameters.create(this.model, backend, rng.split('init'));
    this.learner = new Learner(parameters, options, steps);
    if (options.classWeight === 'balanced') this.#classWeight = balanced(data.train.labels, data.labels.size);
  }

  step(step: number): Metrics {
    const chosen = this.#batchOf(step);
    const { texts, labels } = this.#data.train;
    const batch = tokenBatch(
      Array.from(chosen, (k) => texts[k] as (typeof texts)[number]),
      this.model.config.charNgramBuckets,
    );
    dropWords(batch, this.#options.wordDropout, this.#streams.words.split(step));
    const targets = chosen.map((k) => labels[k] as number);
    const rng = this.#streams.dropout.split(step);
    const { ensembleSize } = this.model.config;
    const tokens = batch.lengths.reduce((sum, length) => sum + length, 0);
    let loss = 0;
    let metrics: Metrics = {};
    for (let k = 0; k < ensembleSize; k++) {
      using tape = new Tape(this.#backend); // for each network, so that a large ensemble needs no more memory
      const part = scale(this.#lossOf(k, batch, targets, rng), 1 / ensembleSize);
      loss += part.item();
      if (k < ensembleSize - 1) this.learner.accumulate(tape, part, step);
      else metrics = { ...this.learner.update(tape, part, step) };
    }
    return { ...metrics, loss, tokens };
  }

  /** The loss of one network on a batch, on the current tape. */
  #lossOf(member: number, batch: TokenBatch, targets: Int32Array, rng: Rng): Tensor {
    const tape = Tape.current;
    const logits = this.model.forwardMember(member, batch, rng);
    return crossEntropy(logits, tape.ids(targets, [batch.B]), {
      labelSmoothing: this.#options.labelSmoothing,
      ...(this.#classWeight && { weight: tape.constant(this.#classWeight, [this.#classWeight.length]) }),
    });
  }

  async validate(): Promise<Validation> {
    const { texts, labels } = this.#data.valid;
    const logits = await networkLogits(this.model, this.#backend, texts);
    this.model.ensembleWeights = fitEnsembleWeights({ texts, logits, labels }, { bag: this.#options.bagOfWords });
    let [nats, correct] = [0, 0];
    for (const [n, probabilities] of ensembleProbabilities(this.model.ensembleWeights, texts, logits).entries()) {
      const label = labels[n] as number;
      nats -= Math.log(Math.max(probabilities[label] as number, Number.MIN_VALUE));
      if (argmax(probabilities) === label) correct++;
    }
    const loss = nats / labels.length;
    return { loss, metrics: { validLoss: loss, validAccuracy: correct / labels.length } };
  }

  /** Frees the model, its gradients and the optimiser's moments. */
  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  #batchOf(step: number): Int32Array {
    const perEpoch = stepsPerEpoch(this.#options, this.#data);
    const number = Math.floor((step - 1) / perEpoch);
    if (this.#epoch?.number !== number) {
      const lengths = this.#data.train.texts.map(({ ids }) => ids.length);
      const random = this.#streams.order.split(number);
      this.#epoch = { number, batches: lengthBuckets(lengths, { batchSize: this.#options.batchSize, random }) };
    }
    return this.#epoch.batches[(step - 1) % perEpoch] as Int32Array;
  }
}

export const stepsPerEpoch = (
  { batchSize }: Pick<SentimentTrainingOptions, 'batchSize'>,
  { train }: TrainingData,
): number => Math.ceil(train.texts.length / batchSize);

/** Returns the configuration of the model, as `config.json` holds it. */
export function modelConfig(
  options: SentimentTrainingOptions,
  { labels, tokenizer }: Pick<TrainingData, 'labels' | 'tokenizer'>,
): SentimentConfig {
  const { charNgramBuckets, embeddingSize, convChannels, cell, hiddenSize, numLayers, bidirectional, pooling } =
    options;
  return {
    vocabSize: tokenizer.vocab.size,
    numClasses: labels.size,
    tokenFeatures: tokenizer.tokenFeatures,
    charNgramBuckets,
    embeddingSize,
    convChannels,
    cell,
    hiddenSize,
    numLayers,
    bidirectional,
    pooling,
    ensembleSize: options.ensembleSize,
    ...(options.mixedEnsemble && { mixedEnsemble: true }),
    bagFeatures: tokenizer.bag.index.size,
  };
}

/** Replaces words by the unknown one, in place; that may hit padding too, which is masked. */
function dropWords({ ids }: TokenBatch, rate: number, rng: Rng): void {
  if (rate === 0) return;
  for (let k = 0; k < ids.length; k++) if (rng.uniform() < rate) ids[k] = UNKNOWN;
}

/** Returns weights inversely proportional to class frequency, of mean 1 over the texts, as scikit-learn's `balanced`. */
function balanced(labels: Int32Array, classes: number): Float32Array {
  const counts = new Float32Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts.map((count) => labels.length / (classes * count));
}
