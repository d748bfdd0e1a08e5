import {
  add,
  type CellName,
  Conv1d,
  concat,
  constant,
  createRecurrent,
  dropout,
  Embedding,
  embedding,
  type Ids,
  type Initializer,
  initializersOf,
  Linear,
  lockedDropout,
  Module,
  meanOverTime,
  type Recurrent,
  type RecurrentOutput,
  type Rng,
  relu,
  slice,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import type { WordNgrams } from '../tokenizer/token-batch.ts';
import { Pooling, type PoolingName } from './pooling.ts';

/** The hyperparameters that fix the names and shapes of the weights. */
export interface ClassifierConfig {
  /** V, the known words and the unknown one. */
  readonly vocabSize: number;
  /** C */
  readonly numClasses: number;
  /** F, the hand-crafted features of each token. */
  readonly tokenFeatures: number;
  /** Hash buckets of the character n-grams, each with an embedding; 0 for none. */
  readonly charNgramBuckets: number;
  /** E */
  readonly embeddingSize: number;
  /** Output channels of a convolution before the recurrent layers; 0 for none. */
  readonly convChannels: number;
  readonly cell: CellName;
  /** H, of each direction. */
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bidirectional: boolean;
  readonly pooling: PoolingName;
}

/** The hyperparameters of training, which change no weight's shape. */
export interface ClassifierTrainingOptions {
  /** Dropout probability of the embeddings, with one mask a text. */
  readonly embeddingDropout: number;
  /** Dropout probability between layers and before the output layer. */
  readonly dropout: number;
  /** Keeps the word embeddings as they are; otherwise a step trains those of the words in its batch. */
  readonly freezeVectors: boolean;
}

const KERNEL_SIZE = 3; // tokens

/**
 * Recurrent text classifier (many-to-one).
 *
 *     x[t]   = E[word t] + mean of the embeddings of its character n-grams, then its hand-crafted features
 *     y      = recurrent layers over x
 *     logits = W·pool(y) + b
 *
 * The output layer starts at zero, so that the first prediction is uniform.
 */
export class RecurrentClassifier extends Module {
  readonly words: Embedding; //             [V, E]
  readonly parts: Embedding | undefined; // [charNgramBuckets, E] of the character n-grams
  readonly convolution: Conv1d | undefined;
  readonly recurrent: Recurrent;
  readonly pooling: Pooling;
  readonly head: Linear;
  readonly tokenFeatures: number; // F that the network reads
  readonly #training: ClassifierTrainingOptions;

  /** @param tables initial embeddings of words and of character n-grams */
  constructor(
    config: ClassifierConfig,
    training: ClassifierTrainingOptions,
    tables: { readonly words: Initializer; readonly charNgrams: Initializer },
  ) {
    super();
    const {
      vocabSize,
      numClasses,
      tokenFeatures,
      charNgramBuckets,
      embeddingSize: E,
      convChannels,
      cell,
      hiddenSize: H,
      numLayers,
      bidirectional,
    } = config;
    this.tokenFeatures = tokenFeatures;
    this.#training = training;
    this.words = new Embedding({
      numEmbeddings: vocabSize,
      embeddingDim: E,
      initializer: tables.words,
      sparse: true,
      freeze: training.freezeVectors,
    });
    if (charNgramBuckets > 0)
      this.parts = new Embedding({
        numEmbeddings: charNgramBuckets,
        embeddingDim: E,
        initializer: tables.charNgrams,
        sparse: true,
      });
    const inputSize = E + tokenFeatures;
    if (convChannels > 0)
      this.convolution = new Conv1d({
        inChannels: inputSize,
        outChannels: convChannels,
        kernelSize: KERNEL_SIZE,
        padding: (KERNEL_SIZE - 1) / 2,
      });
    this.recurrent = createRecurrent(cell, {
      inputSize: convChannels || inputSize,
      hiddenSize: H,
      numLayers,
      bidirectional,
      dropout: training.dropout,
      ...initializersOf(cell),
    });
    this.pooling = new Pooling(config.pooling, bidirectional ? 2 * H : H);
    this.head = new Linear({
      inFeatures: this.pooling.outputSize,
      outFeatures: numClasses,
      initializer: constant(0),
    });
  }

  /**
   * Returns the embedding of each token: [T, B, E].
   * @param ids [T, B], after word dropout
   */
  embed(ids: Ids, ngrams: WordNgrams | undefined): Tensor {
    const words = this.words.forward(ids);
    return this.parts && ngrams ? add(words, embedNgrams(this.parts, ngrams, ids.shape)) : words;
  }

  /**
   * @param x        [T, B, E] from {@link embed}
   * @param features [T, B, F or more] hand-crafted features of each token, of which the network reads the first F
   * @param lengths  [B]
   * @param rng      draws the dropout masks of a training step; undefined at evaluation
   * @returns logits: [B, C]
   */
  forward(x: Tensor, features: Tensor, lengths: Int32Array, rng?: Rng): Tensor {
    const dropped = lockedDropout(x, this.#training.embeddingDropout, rng?.split('input'));
    const input = this.#withFeatures(dropped, features);
    const options = { lengths, rng: rng?.split('recurrent') };
    return this.#logits(this.recurrent.forward(this.#convolve(input, lengths), options), lengths, rng);
  }

  /**
   * Computes the part of the network that does not depend on a token's neighbours: the input projection of the lowest
   * recurrent layer, one for each direction, or the input itself when a convolution comes first.
   *
   * @param x        [T, B, E] from {@link embed}
   * @param features as {@link forward} has them
   * @returns [T, B, N] each
   */
  project(x: Tensor, features: Tensor): Tensor[] {
    const input = this.#withFeatures(x, features);
    return this.convolution ? [input] : this.recurrent.projectInput(input);
  }

  /**
   * Computes what {@link forward} does at evaluation, from cached projections.
   *
   * @param projections [rows, N] each, from {@link project}
   * @param rows        [T, B] the row of each token
   * @param lengths     [B]
   * @returns logits: [B, C]
   */
  forwardCached(projections: readonly Tensor[], rows: Ids, lengths: Int32Array): Tensor {
    const output = this.convolution
      ? this.recurrent.forward(this.#convolve(embedding(projections[0] as Tensor, rows), lengths), { lengths })
      : this.recurrent.forwardCached({ projections, ids: rows }, { lengths });
    return this.#logits(output, lengths);
  }

  #withFeatures(x: Tensor, features: Tensor): Tensor {
    const F = this.tokenFeatures;
    if (F === 0) return x;
    return concat([x, F < (features.shape.at(-1) as number) ? slice(features, 0, F) : features], -1);
  }

  #convolve(x: Tensor, lengths: Int32Array): Tensor {
    return this.convolution ? relu(this.convolution.forward(x, lengths)) : x;
  }

  #logits({ y, state }: RecurrentOutput, lengths: Int32Array, rng?: Rng): Tensor {
    const perLayer = this.recurrent.config.bidirectional ? 2 : 1;
    const last = concat(
      state.slice(-perLayer).map(({ h }) => h),
      -1,
    );
    const pooled = this.pooling.forward({ y, last, lengths });
    return this.head.forward(dropout(pooled, this.#training.dropout, rng?.split('output')));
  }
}

/** Returns the mean of the n-gram embeddings of each token's word: [T, B, E]. */
function embedNgrams(
  table: Embedding,
  { ids, counts, K, U, positions }: WordNgrams,
  shape: readonly number[],
): Tensor {
  const tape = Tape.current;
  const perWord = meanOverTime(table.forward(tape.ids(ids, [K, U])), counts); // [U, E]
  return embedding(perWord, tape.ids(positions, shape));
}
