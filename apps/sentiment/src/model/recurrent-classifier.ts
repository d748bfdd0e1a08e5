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
  forgetGateBias,
  type Ids,
  type Initializer,
  Linear,
  lockedDropout,
  Module,
  meanOverTime,
  orthogonal,
  type Recurrent,
  type RecurrentOutput,
  type Rng,
  relu,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import type { WordParts } from '../tokenizer/token-batch.ts';
import { Pooling, type PoolingName } from './pooling.ts';

/** What decides the weights' names and shapes. */
export interface ClassifierShape {
  /** V, the words it knows, the unknown one included. */
  readonly vocabulary: number;
  /** C */
  readonly classes: number;
  /** S, how many numbers are known of each token outright. */
  readonly signals: number;
  /** Into how many the parts of words are hashed; 0 for none. */
  readonly buckets: number;
  /** E, the numbers of each word. */
  readonly embedding: number;
  /** Channels of a convolution in front of the recurrent layers; 0 for none. */
  readonly convolution: number;
  readonly cell: CellName;
  /** H, of each direction. */
  readonly hidden: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly pooling: PoolingName;
}

/** How it is trained; changes no weight's shape. */
export interface ClassifierTraining {
  /** Share dropped of what a word is read as, one mask a text. */
  readonly dropoutInput: number;
  /** Share dropped between layers and before the verdict. */
  readonly dropout: number;
  /** Whether word vectors stay as they were given; otherwise a step updates those of the words in its batch. */
  readonly freezeVectors: boolean;
}

const CONVOLUTION_WIDTH = 3; // tokens

/**
 * One recurrent network from tokens to classes: many-to-one.
 *
 *     x[t] = E[word] + mean of the vectors of its parts     y = cells(x, signals)     logits = W·pool(y) + b
 *
 * The output layer begins at zero, so that the first verdict is undecided.
 */
export class RecurrentClassifier extends Module {
  readonly words: Embedding;
  readonly parts: Embedding | undefined;
  readonly convolution: Conv1d | undefined;
  readonly recurrent: Recurrent;
  readonly pooling: Pooling;
  readonly head: Linear;
  readonly #training: ClassifierTraining;

  /** @param tables where the numbers of words and parts begin */
  constructor(
    shape: ClassifierShape,
    training: ClassifierTraining,
    tables: { readonly words: Initializer; readonly parts: Initializer },
  ) {
    super();
    const {
      vocabulary,
      classes,
      signals,
      buckets,
      embedding: E,
      convolution,
      cell,
      hidden: H,
      layers,
      bidirectional,
    } = shape;
    this.#training = training;
    this.words = new Embedding({
      numEmbeddings: vocabulary,
      embeddingDim: E,
      initializer: tables.words,
      sparse: true,
      freeze: training.freezeVectors,
    });
    if (buckets > 0)
      this.parts = new Embedding({
        numEmbeddings: buckets,
        embeddingDim: E,
        initializer: tables.parts,
        sparse: true,
      });
    const inputSize = E + signals;
    if (convolution > 0)
      this.convolution = new Conv1d({
        inChannels: inputSize,
        outChannels: convolution,
        kernelSize: CONVOLUTION_WIDTH,
        padding: (CONVOLUTION_WIDTH - 1) / 2,
      });
    this.recurrent = createRecurrent(cell, {
      inputSize: convolution || inputSize,
      hiddenSize: H,
      numLayers: layers,
      bidirectional,
      dropout: training.dropout,
      recurrentInitializer: orthogonal(),
      biasInitializer: cell === 'lstm' ? forgetGateBias() : constant(0),
    });
    this.pooling = new Pooling(shape.pooling, bidirectional ? 2 * H : H);
    this.head = new Linear({ inFeatures: this.pooling.outputSize, outFeatures: classes, initializer: constant(0) });
  }

  /**
   * What each token is read as, before its signals: [T, B, E].
   * @param ids [T, B], in which words may have been made unknown
   */
  embed(ids: Ids, parts: WordParts | undefined): Tensor {
    const whole = this.words.forward(ids);
    return this.parts && parts ? add(whole, this.#partsOf(this.parts, parts, ids.shape)) : whole;
  }

  /**
   * @param x       [T, B, E] from {@link embed}
   * @param signals [T, B, S], what is known of each token outright
   * @param lengths [B]
   * @param rng     the stream of this step, for dropout; none at evaluation
   * @returns logits: [B, C]
   */
  forward(x: Tensor, signals: Tensor, lengths: Int32Array, rng?: Rng): Tensor {
    const input = withSignals(lockedDropout(x, this.#training.dropoutInput, rng?.split('input')), signals);
    const options = { lengths, rng: rng?.split('recurrent') };
    return this.#logits(this.recurrent.forward(this.#convolved(input, lengths), options), lengths, rng);
  }

  /**
   * What it reads of tokens before it sees what stands around them: x and signals, and unless a convolution comes first,
   * what the lowest layer makes of those.
   *
   * @param x       [T, B, E] from {@link embed}
   * @param signals [T, B, S]
   * @returns [T, B, N], one or several
   */
  readings(x: Tensor, signals: Tensor): Tensor[] {
    const input = withSignals(x, signals);
    return this.convolution ? [input] : this.recurrent.projectInput(input);
  }

  /**
   * What {@link forward} says at evaluation, of tokens whose readings are known.
   *
   * @param readings [V, N], as many as {@link readings} gives
   * @param rows     [T, B] where each token's stand
   * @param lengths  [B]
   * @returns logits: [B, C]
   */
  judge(readings: readonly Tensor[], rows: Ids, lengths: Int32Array): Tensor {
    const output = this.convolution
      ? this.recurrent.forward(this.#convolved(embedding(readings[0] as Tensor, rows), lengths), { lengths })
      : this.recurrent.forwardCached({ projections: readings, ids: rows }, { lengths });
    return this.#logits(output, lengths);
  }

  #convolved(x: Tensor, lengths: Int32Array): Tensor {
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

  /** Each word's vector from its parts, gathered to where the words stand: [T, B, E]. */
  #partsOf(table: Embedding, { buckets, counts, K, U, places }: WordParts, shape: readonly number[]): Tensor {
    const tape = Tape.current;
    const perWord = meanOverTime(table.forward(tape.ids(buckets, [K, U])), counts); // [U, E]
    return embedding(perWord, tape.ids(places, shape));
  }
}

const withSignals = (x: Tensor, signals: Tensor): Tensor => (signals.size > 0 ? concat([x, signals], -1) : x);
