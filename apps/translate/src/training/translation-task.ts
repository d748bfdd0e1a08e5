import {
  type Backend,
  ConfigError,
  type JsonObject,
  Learner,
  type LearnerOptions,
  type Metrics,
  Parameters,
  Rng,
  scale,
  Tape,
  type TrainingTask,
  type Validation,
  yieldToEventLoop,
} from '@unroll/rnn-core';
import { lengthBuckets } from '@unroll/text';
import * as z from 'zod/mini';
import { type DropoutConfig, noDropout, trainingDropout } from '../model/dropout.ts';
import type { TranslationModelConfig } from '../model/model-config.ts';
import { TranslationModel } from '../model/translation-model.ts';
import type { IdPair, TextPair, TranslationTokenizer } from '../tokenizer.ts';
import { teacherForcing } from './teacher-forcing.ts';
import { type BatchCursor, bucketLengths, TokenBatches } from './token-batches.ts';

const VALIDATION_TOKENS = 4000; // of a batch, which may be large since no gradient is kept
const cursorSchema = z.object({ epoch: z.int().check(z.minimum(0)), position: z.int() });

/** Encoded pairs. */
export interface TrainingCorpus {
  readonly tokenizer: TranslationTokenizer;
  readonly train: readonly (IdPair & { readonly pair: TextPair })[];
  readonly valid: readonly IdPair[];
}

type ModelSettings = Omit<TranslationModelConfig, 'sourceVocabSize' | 'targetVocabSize' | 'sharedEmbedding'>;

/** Settings of the training besides those of the {@link Learner}. */
export interface TranslationTaskConfig extends ModelSettings, DropoutConfig, LearnerOptions {
  readonly labelSmoothing: number;
  readonly bpeDropout: number;
  readonly batchTokens: number;
  readonly gradientAccumulationSteps: number;
  readonly seed: number;
}

/** Training by teacher forcing, on batches of pairs of similar length. */
export class TranslationTask implements TrainingTask, Disposable {
  readonly model: TranslationModel;
  readonly learner: Learner;
  readonly #config: TranslationTaskConfig;
  readonly #corpus: TrainingCorpus;
  readonly #backend: Backend;
  readonly #rng: Rng;
  #batches: TokenBatches;

  constructor(config: TranslationTaskConfig, corpus: TrainingCorpus, backend: Backend, steps: number) {
    this.#config = config;
    this.#corpus = corpus;
    this.#backend = backend;
    this.#rng = Rng.seeded(config.seed);
    this.model = new TranslationModel(modelConfig(config, corpus.tokenizer));
    const parameters = Parameters.create(this.model, backend, this.#rng.split('init'));
    this.learner = new Learner(parameters, config, steps);
    this.#batches = batchesOf(config, corpus);
  }

  step(step: number): Metrics {
    const { gradientAccumulationSteps: accumulate } = this.#config;
    const rng = this.#rng.split('step').split(step);
    const parts = Array.from({ length: accumulate }, (_, k) => this.#pairs(this.#batches.next(), rng.split(k)));
    const tokens = parts.map((pairs) => pairs.reduce((sum, { target }) => sum + target.length + 1, 0));
    const all = tokens.reduce((a, b) => a + b);

    let loss = 0;
    let metrics: Metrics = {};
    const { members } = this.model;
    for (const [k, pairs] of parts.entries())
      for (const [m, member] of members.entries()) {
        using tape = new Tape(this.#backend);
        const forced = teacherForcing(
          member,
          pairs,
          this.#corpus.tokenizer.eos,
          trainingDropout(this.#config, rng.split(k).split(m === 0 ? 'dropout' : `dropout ${m}`)),
          this.#config.labelSmoothing,
        );
        const fraction = (tokens[k] as number) / all / members.length;
        const part = fraction === 1 ? forced.loss : scale(forced.loss, fraction);
        loss += part.item();
        if (k < accumulate - 1 || m < members.length - 1) this.learner.accumulate(tape, part, step);
        else metrics = { ...this.learner.update(tape, part, step) };
      }
    return { ...metrics, loss, tokens: all };
  }

  /** Nats per token of all held-out pairs, without label smoothing. */
  async validate(): Promise<Validation> {
    const { valid } = this.#corpus;
    let [nats, tokens] = [0, 0];
    for (const batch of lengthBuckets(bucketLengths(valid), { maxTokens: VALIDATION_TOKENS })) {
      const pairs = Array.from(batch, (n) => valid[n] as IdPair);
      const forced = this.#score(pairs);
      nats += forced.nats;
      tokens += forced.tokens;
      await yieldToEventLoop();
    }
    const loss = nats / tokens;
    return { loss, metrics: { validLoss: loss } };
  }

  state(): JsonObject {
    return { ...this.#batches.cursor };
  }

  /** Continues at the saved batch. */
  restore(state: JsonObject): void {
    this.#batches = batchesOf(this.#config, this.#corpus, cursorSchema.parse(state));
  }

  /** Frees the model, its gradients and the optimiser's moments. */
  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  #score(pairs: readonly IdPair[]): { readonly nats: number; readonly tokens: number } {
    using _ = new Tape(this.#backend, { record: false });
    const { loss, tokens } = teacherForcing(this.model, pairs, this.#corpus.tokenizer.eos, noDropout);
    return { nats: loss.item() * tokens, tokens };
  }

  /** The pairs of a batch; with BPE dropout, with new subwords. */
  #pairs(batch: Int32Array, rng: Rng): IdPair[] {
    const { train, tokenizer } = this.#corpus;
    const { bpeDropout: rate } = this.#config;
    const pairs = Array.from(batch, (n) => train[n] as TrainingCorpus['train'][number]);
    if (rate === 0) return pairs;
    const random = rng.split('spelling');
    return pairs.map(({ pair }) => tokenizer.encode(pair, { rate, random }));
  }
}

function batchesOf(
  { batchTokens, seed }: TranslationTaskConfig,
  { train }: TrainingCorpus,
  cursor?: BatchCursor,
): TokenBatches {
  const order = Rng.seeded(seed).split('order');
  return new TokenBatches(train, { tokens: batchTokens, random: (epoch) => order.split(epoch) }, cursor);
}

/** Steps of one epoch. */
export const stepsPerEpoch = (config: TranslationTaskConfig, corpus: TrainingCorpus): number =>
  batchesOf(config, corpus).perEpoch / config.gradientAccumulationSteps;

/**
 * The configuration of the model.
 * @throws ConfigError when `dot` attention would multiply vectors of different sizes
 */
export function modelConfig(config: ModelSettings, tokenizer: TranslationTokenizer): TranslationModelConfig {
  const { cell, tieWeights, embeddingSize, hiddenSize, numLayers, decoder, decoderHiddenSize, attention } = config;
  const { ensembleSize = 1 } = config;
  if (attention === 'dot' && decoderHiddenSize !== 2 * hiddenSize)
    throw new ConfigError(
      `TranslationModel: decoderHiddenSize must be ${2 * hiddenSize}, twice hiddenSize, with dot attention, got ${decoderHiddenSize}`,
    );
  return {
    cell,
    sourceVocabSize: tokenizer.source.size,
    targetVocabSize: tokenizer.target.size,
    sharedEmbedding: tokenizer.isJoint,
    tieWeights,
    embeddingSize,
    hiddenSize,
    numLayers,
    decoder,
    decoderHiddenSize,
    attention,
    ...(ensembleSize > 1 && { ensembleSize }),
  };
}
