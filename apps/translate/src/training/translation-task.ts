import { type Backend, ConfigError, Parameters, Rng, scale, Tape } from '@unroll/rnn-core';
import { type Figures, type JsonObject, Learner, type TrainingTask, type Validation } from '@unroll/run';
import { lengthBuckets } from '@unroll/text';
import { z } from 'zod';
import type { TrainConfig } from '../commands/config.ts';
import type { EncodedCorpus } from '../data/encoded-corpus.ts';
import { dropping, keepAll } from '../model/dropping.ts';
import { TranslationModel, type TranslationModelConfig } from '../model/translation-model.ts';
import { type IdPair, teacherForcing } from './teacher-forcing.ts';
import { type BatchCursor, bucketLengths, TokenBatches } from './token-batches.ts';

const VALIDATION_TOKENS = 4000; // a batch; no gradient is kept, so it may be large
const cursorSchema = z.object({ epoch: z.int(), position: z.int() });

/** The method: batches of sentences of like length, each token predicted from the true ones before it. */
export class TranslationTask implements TrainingTask {
  readonly model: TranslationModel;
  readonly learner: Learner;
  /** Seconds spent in steps, and tokens of target read in them, in this sitting. */
  readonly spent = { seconds: 0, tokens: 0 };
  readonly #config: TrainConfig;
  readonly #corpus: EncodedCorpus;
  readonly #backend: Backend;
  readonly #rng: Rng;
  #batches: TokenBatches;

  constructor(config: TrainConfig, corpus: EncodedCorpus, backend: Backend, steps: number) {
    this.#config = config;
    this.#corpus = corpus;
    this.#backend = backend;
    this.#rng = Rng.seeded(config.seed);
    this.model = new TranslationModel(translationModelConfig(config, corpus));
    const parameters = Parameters.create(this.model, backend, this.#rng.split('init'));
    this.learner = new Learner(parameters, config, steps);
    this.#batches = batchesOf(config, corpus);
  }

  step(step: number): Figures {
    const start = performance.now();
    const { accumulate } = this.#config;
    const rng = this.#rng.split('step').split(step);
    const parts = Array.from({ length: accumulate }, (_, k) => this.#pairs(this.#batches.next(), rng.split(k)));
    const tokens = parts.map((pairs) => pairs.reduce((sum, { target }) => sum + target.length + 1, 0));
    const all = tokens.reduce((a, b) => a + b);

    let loss = 0;
    let figures: Figures = {};
    for (const [k, pairs] of parts.entries()) {
      using tape = new Tape(this.#backend);
      const drop = dropping(this.#config, rng.split(k).split('dropout'));
      const forced = teacherForcing(
        this.model,
        pairs,
        this.#corpus.subwords.boundaries,
        drop,
        this.#config.labelSmoothing,
      );
      const part = accumulate === 1 ? forced.loss : scale(forced.loss, (tokens[k] as number) / all);
      loss += part.item();
      if (k < accumulate - 1) this.learner.accumulate(tape, part, step);
      else figures = { ...this.learner.update(tape, part, step) };
    }
    this.spent.seconds += (performance.now() - start) / 1000;
    this.spent.tokens += all;
    return { ...figures, loss, tokens: all };
  }

  /** Nats a token of all held-out pairs, every token once, without smoothing. */
  async validate(): Promise<Validation> {
    const { valid, subwords } = this.#corpus;
    let [nats, tokens] = [0, 0];
    for (const batch of lengthBuckets(bucketLengths(valid), { places: VALIDATION_TOKENS })) {
      using _ = new Tape(this.#backend, { record: false });
      const pairs = Array.from(batch, (n) => valid[n] as IdPair);
      const forced = teacherForcing(this.model, pairs, subwords.boundaries, keepAll);
      nats += forced.loss.item() * forced.tokens;
      tokens += forced.tokens;
    }
    const loss = nats / tokens;
    return { loss, figures: { validLoss: loss } };
  }

  state(): JsonObject {
    return { ...this.#batches.cursor };
  }

  restore(state: JsonObject): void {
    this.#batches = batchesOf(this.#config, this.#corpus, cursorSchema.parse(state));
  }

  [Symbol.dispose](): void {
    this.learner[Symbol.dispose]();
  }

  /** The pairs of a batch; with BPE dropout, spelt anew. */
  #pairs(batch: Int32Array, rng: Rng): IdPair[] {
    const { train, subwords } = this.#corpus;
    const { bpeDropout: rate } = this.#config;
    const pairs = Array.from(batch, (n) => train[n] as EncodedCorpus['train'][number]);
    if (rate === 0) return pairs;
    const random = rng.split('spelling');
    return pairs.map(({ pair }) => subwords.encode(pair, { rate, random }));
  }
}

function batchesOf({ batchTokens, seed }: TrainConfig, { train }: EncodedCorpus, cursor?: BatchCursor): TokenBatches {
  const order = Rng.seeded(seed).split('order');
  return new TokenBatches(train, { tokens: batchTokens, random: (epoch) => order.split(epoch) }, cursor);
}

/** Steps of one pass over the pairs. */
export const stepsPerEpoch = (config: TrainConfig, corpus: EncodedCorpus): number =>
  batchesOf(config, corpus).perEpoch / config.accumulate;

/**
 * What the settings and the subwords make of the model.
 * @throws ConfigError when `dot` would compare vectors of different widths
 */
export function translationModelConfig(
  config: TrainConfig,
  { subwords }: Pick<EncodedCorpus, 'subwords'>,
): TranslationModelConfig {
  const { cell, tied, embedding, hidden, encoderLayers, decoder, decoderHidden, attention } = config;
  if (attention === 'dot' && decoderHidden !== 2 * hidden)
    throw new ConfigError(
      `--decoder-hidden must be twice --hidden, ${2 * hidden}, with --attention dot, got ${decoderHidden}`,
    );
  return {
    cell,
    sourceVocab: subwords.source.size,
    targetVocab: subwords.target.size,
    sharedEmbedding: subwords.isJoint,
    tied,
    embedding,
    hidden,
    encoderLayers,
    decoder,
    decoderHidden,
    attention,
  };
}
