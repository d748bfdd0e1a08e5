import {
  Attention,
  type AttentionConfig,
  constant,
  Embedding,
  embedding,
  type Ids,
  Linear,
  linear,
  Module,
  normal,
  type Param,
  scale,
  slice,
  type Tensor,
  tanh,
} from '@unroll/rnn-core';
import type { Cell } from './cell.ts';
import { type Decoded, type Decoder, type DecoderState, FedDecoder, InterleavedDecoder } from './decoder.ts';
import type { Dropping } from './dropping.ts';
import { Encoder } from './encoder.ts';
import { AttendedSource, type Source, SummarySource } from './source.ts';

export const ATTENTIONS = ['general', 'dot', 'additive', 'none'] as const;

/** What decides a translator's weights. */
export interface TranslationModelConfig {
  readonly cell: Cell;
  readonly sourceVocab: number;
  readonly targetVocab: number;
  /** One table for both languages, which then have one vocabulary. */
  readonly sharedEmbedding: boolean;
  /** The output layer's table is the embedding of the target. */
  readonly tied: boolean;
  /** E */
  readonly embedding: number;
  /** H, of each direction of the encoder. */
  readonly hidden: number;
  readonly encoderLayers: number;
  readonly decoder: 'interleaved' | 'fed';
  /** D; `dot` needs it to be 2H */
  readonly decoderHidden: number;
  readonly attention: AttentionConfig['score'] | 'none';
}

/** A batch of sentences, encoded: what is read, and where the decoder begins. */
export interface Start {
  readonly source: Source;
  readonly state: DecoderState; // [N, W] each
}

/**
 * Sequence to sequence: an encoder in both directions, a bridge from where it ended to where the decoder begins, and a
 * decoder that attends. Source: Sutskever, Vinyals, Le 2014; Bahdanau, Cho, Bengio 2015; tied output Press & Wolf 2017.
 */
export class TranslationModel extends Module {
  readonly config: TranslationModelConfig;
  readonly #source: Embedding;
  readonly #target: Embedding;
  readonly #encoder: Encoder;
  readonly #bridge: Linear;
  readonly #attention: Attention | undefined;
  readonly #decoder: Decoder;
  readonly #output: Param; // [V, E]
  readonly #bias: Param; //   [V]

  constructor(config: TranslationModelConfig) {
    super();
    this.config = config;
    const { embedding: E, hidden: H, decoderHidden: D, sourceVocab, targetVocab: V, attention } = config;
    // Of length 1 on average, and scaled up on the way in, so that the table also serves as the output layer.
    const initializer = normal(1 / Math.sqrt(E));
    this.#target = this.module('target', new Embedding({ count: V, size: E, initializer }));
    this.#source = config.sharedEmbedding
      ? this.#target
      : this.module('source', new Embedding({ count: sourceVocab, size: E, initializer }));
    this.#encoder = this.module('encoder', new Encoder(config));
    if (attention !== 'none')
      this.#attention = this.module(
        'attention',
        new Attention({ querySize: D, memorySize: 2 * H, score: attention }),
      );
    const sizes = { ...config, memory: 2 * H };
    this.#decoder = this.module(
      'decoder',
      config.decoder === 'fed' ? new FedDecoder(sizes) : new InterleavedDecoder(sizes),
    );
    const width = this.#decoder.stateWidths.reduce((sum, W) => sum + W, 0);
    this.#bridge = this.module('bridge', new Linear({ inputSize: 2 * H, outputSize: width }));
    this.#output = config.tied ? this.#target.weight : this.param('output.weight', [V, E], initializer);
    this.#bias = this.param('output.bias', [V], constant(0));
  }

  /**
   * @param ids     [S, N], each sentence with its end; what lies beyond is any id
   * @param lengths real places of each, [N]
   */
  encode(ids: Ids, lengths: Int32Array, drop: Dropping): Start {
    const { memory, last } = this.#encoder.forward(drop(this.#embed(this.#source, ids), 'source'), lengths, drop);
    const bridged = tanh(this.#bridge.forward(last));
    let from = 0;
    const state = this.#decoder.stateWidths.map((W) => slice(bridged, from, (from += W)));
    const source = this.#attention
      ? new AttendedSource(this.#attention, this.#attention.remember(memory, lengths))
      : new SummarySource(last);
    return { source, state };
  }

  /** @param ids [T, R], the tokens before those to be predicted; R a multiple of the source's sentences */
  decode(ids: Ids, { source, state }: Start, drop: Dropping): Decoded {
    const decoded = this.#decoder.forward(drop(this.#embed(this.#target, ids), 'target'), state, source, drop);
    return { ...decoded, features: drop(decoded.features, 'features') };
  }

  /**
   * @param features [..., E]
   * @returns [..., V]
   */
  logits(features: Tensor): Tensor {
    return linear(features, this.#output, this.#bias);
  }

  #embed({ weight }: Embedding, ids: Ids): Tensor {
    return scale(embedding(weight, ids), Math.sqrt(this.config.embedding));
  }
}
