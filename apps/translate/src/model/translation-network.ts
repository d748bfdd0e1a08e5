import {
  Attention,
  constant,
  Embedding,
  embedding,
  type Ids,
  Linear,
  linear,
  Module,
  normal,
  Param,
  scale,
  slice,
  type Tensor,
  tanh,
} from '@unroll/rnn-core';
import {
  type Decoder,
  type DecoderOutput,
  type DecoderState,
  InputFeedingDecoder,
  InterleavedDecoder,
} from './decoder.ts';
import type { Dropout } from './dropout.ts';
import { AttentionSource, type EncodedSource, FixedSource } from './encoded-source.ts';
import { Encoder } from './encoder.ts';
import type { TranslationModelConfig } from './model-config.ts';

/** A batch of sentences as one network encoded them, and the initial state of its decoder. */
export interface EncodedByNetwork {
  readonly source: EncodedSource;
  readonly state: DecoderState; // [N, W] each
}

/**
 * Sequence to sequence (many-to-many): a bidirectional encoder, a bridge from its final state to the initial state of
 * the decoder, and a decoder with attention.
 * Source: Sutskever, Vinyals, Le 2014; Bahdanau, Cho, Bengio 2015; tied weights Press & Wolf 2017.
 */
export class TranslationNetwork extends Module {
  readonly config: TranslationModelConfig;
  readonly target: Embedding;
  /** The target's, where one table serves both languages. */
  readonly source: Embedding;
  readonly encoder: Encoder;
  readonly bridge: Linear;
  readonly attention: Attention | undefined;
  readonly decoder: Decoder;
  /** Without a weight of its own the output layer's table is the embedding of the target. */
  readonly output: { readonly weight?: Param; readonly bias: Param }; // [V, E] and [V]

  constructor(config: TranslationModelConfig) {
    super();
    this.config = config;
    const {
      embeddingSize: E,
      hiddenSize: H,
      decoderHiddenSize: D,
      sourceVocabSize,
      targetVocabSize: V,
      attention,
    } = config;
    // Rows of norm 1 on average, multiplied by √E as inputs, so that the table also serves as the output layer.
    const initializer = normal(1 / Math.sqrt(E));
    this.target = new Embedding({ numEmbeddings: V, embeddingDim: E, initializer });
    this.source = config.sharedEmbedding
      ? this.target
      : new Embedding({ numEmbeddings: sourceVocabSize, embeddingDim: E, initializer });
    this.encoder = new Encoder(config);
    if (attention !== 'none') this.attention = new Attention({ querySize: D, memorySize: 2 * H, score: attention });
    const sizes = { ...config, memorySize: 2 * H };
    this.decoder =
      config.decoder === 'input-feeding' ? new InputFeedingDecoder(sizes) : new InterleavedDecoder(sizes);
    const stateSize = this.decoder.stateSizes.reduce((sum, W) => sum + W, 0);
    this.bridge = new Linear({ inFeatures: 2 * H, outFeatures: stateSize });
    this.output = {
      ...(!config.tieWeights && { weight: new Param([V, E], initializer) }),
      bias: new Param([V], constant(0)),
    };
  }

  /**
   * Encodes source sentences, and makes the decoder's first state of them.
   *
   * @param ids     [S, N], each sentence with its end-of-sentence token; the padding may hold any id
   * @param lengths unpadded length of each sentence, [N]
   */
  encode(ids: Ids, lengths: Int32Array, dropout: Dropout): EncodedByNetwork {
    const { memory, last } = this.encoder.forward(dropout(this.#embed(this.source, ids), 'source'), lengths, dropout);
    const bridged = tanh(this.bridge.forward(last));
    let from = 0;
    const state = this.decoder.stateSizes.map((W) => slice(bridged, from, (from += W)));
    const source = this.attention
      ? new AttentionSource(this.attention, this.attention.projectMemory(memory, lengths))
      : new FixedSource(last);
    return { source, state };
  }

  /**
   * Computes the features of each next token, [T, R, E], the decoder's last state, and the attention weights.
   *
   * @param ids [T, R], the tokens before those to predict, R a multiple of the number of source sentences
   */
  decode(ids: Ids, { source, state }: EncodedByNetwork, dropout: Dropout): DecoderOutput {
    const output = this.decoder.forward(dropout(this.#embed(this.target, ids), 'target'), state, source, dropout);
    return { ...output, features: dropout(output.features, 'features') };
  }

  /**
   * @param features [..., E]
   * @returns [..., V]
   */
  logits(features: Tensor): Tensor {
    return linear(features, this.output.weight ?? this.target.weight, this.output.bias);
  }

  #embed({ weight }: Embedding, ids: Ids): Tensor {
    return scale(embedding(weight, ids), Math.sqrt(this.config.embeddingSize));
  }
}
