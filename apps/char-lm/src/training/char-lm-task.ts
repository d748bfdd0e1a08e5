import {
  type Backend,
  carryState,
  crossEntropy,
  type JsonObject,
  Learner,
  type LearnerOptions,
  type Metrics,
  Parameters,
  Rng,
  type State,
  scale,
  Tape,
  type Tensor,
  type TrainingTask,
  type Validation,
} from '@unroll/rnn-core';
import { WindowStream } from '@unroll/text';
import * as z from 'zod/mini';
import { negativeLogLikelihoods } from '../evaluation/likelihood.ts';
import { type CharLmConfig, CharLmModel } from '../model/char-lm-model.ts';
import type { CharLmDropout } from '../model/char-lm-network.ts';
import { type EncodedCorpus, UNITS } from '../tokenizer.ts';
import { BpttSchedule } from './bptt-schedule.ts';

export interface CharLmTrainingOptions extends Omit<CharLmConfig, 'vocabSize'>, CharLmDropout, LearnerOptions {
  /** B, the number of parallel streams. */
  readonly batchSize: number;
  /** See {@link BpttSchedule}. */
  readonly bptt: number;
  readonly bpttGrowth: readonly number[];
  readonly seed: number;
}

/**
 * The method: truncated back-propagation through time over B parallel streams of the text, whose states are carried from
 * window to window; each network on its own cross-entropy.
 */
export class CharLmTask implements TrainingTask, Disposable {
  readonly model: CharLmModel;
  readonly learner: Learner;
  readonly carried: ReadonlyMap<string, Tensor>;
  readonly #options: CharLmTrainingOptions;
  readonly #corpus: EncodedCorpus;
  readonly #backend: Backend;
  readonly #session: Tape;
  readonly #state: State;
  readonly #schedule: BpttSchedule;
  readonly #steps: number;
  readonly #dropoutRng: Rng;
  readonly #resetRng: Rng;
  #stream: WindowStream;

  constructor(options: CharLmTrainingOptions, corpus: EncodedCorpus, backend: Backend, steps: number) {
    this.#options = options;
    this.#corpus = corpus;
    this.#backend = backend;
    this.#steps = steps;
    const rng = Rng.seeded(options.seed);
    this.#dropoutRng = rng.split('dropout');
    this.#resetRng = rng.split('beginnings');
    this.model = new CharLmModel(modelConfig(options, corpus), options);
    const parameters = Parameters.create(this.model, backend, rng.split('init'));
    this.learner = new Learner(parameters, options, steps);
    this.#schedule = new BpttSchedule({ ...options, steps });
    this.#stream = WindowStream.ending(corpus.train, options.batchSize, this.#schedule.predictions);
    this.#session = new Tape(backend, { record: false }); // holds the state from step to step
    this.#state = this.model.zeroState(options.batchSize);
    this.carried = new Map(
      this.#state.flatMap((layer, k) =>
        Object.entries(layer).map(([name, tensor]) => [`state.${k}.${name}`, tensor] as const),
      ),
    );
  }

  step(step: number): Metrics {
    const { x, y, T, B } = this.#stream.next(this.#schedule.bpttAt(this.learner.plan.positionAt(step)));
    this.#resetStates(step, T);
    const rng = this.#dropoutRng.split(step);
    const { members } = this.model;
    let loss = 0;
    let metrics: Metrics = {};
    for (const [k, network] of members.entries()) {
      using tape = new Tape(this.#backend); // one for each, so that an ensemble needs no more memory
      const state = this.model.stateOf(this.#state, k);
      const out = network.forward(tape.ids(x, [T, B]), { state, rng: k === 0 ? rng : rng.split(`network ${k}`) });
      const part = scale(crossEntropy(out.logits, tape.ids(y, [T, B])), 1 / members.length); // nats per id
      loss += part.item();
      if (k < members.length - 1) this.learner.accumulate(tape, part, step);
      else metrics = this.learner.update(tape, part, step, this.progressAt(step) * this.#steps);
      carryState(out.state, state); // truncated: the state crosses, its gradient does not
    }
    return { ...metrics, loss, [UNITS[this.#corpus.vocabulary.unit].many]: T * B };
  }

  /** Fraction of the characters that are read in all. */
  progressAt(step: number): number {
    return this.#schedule.progressAt(this.learner.plan.positionAt(step));
  }

  /** The whole validation text, in parallel segments for speed; the final evaluation reads it as one stream. */
  async validate(): Promise<Validation> {
    const { train, valid } = this.#corpus;
    const { ids, characters, fallbackNats } = valid.encoded;
    const context = train.slice(-SEGMENT_CONTEXT);
    const streams = Math.min(MAX_SEGMENTS, Math.ceil(ids.length / SEGMENT_LENGTH));
    const nats = await negativeLogLikelihoods(this.model, this.#backend, ids, { context, streams });
    const sum = nats.reduce((sum, x) => sum + x, fallbackNats); // may be NaN, which ends the training
    const loss = sum / ids.length;
    return { loss, metrics: { validLoss: loss, validBitsPerCharacter: sum / Math.LN2 / characters } };
  }

  state(): JsonObject {
    return { position: this.#stream.position };
  }

  /** Continues at the saved position in the text. */
  restore(state: JsonObject): void {
    this.#stream = new WindowStream(this.#corpus.train, this.#options.batchSize, stateSchema.parse(state).position);
  }

  /** Frees the model, its gradients and the optimiser's moments. */
  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
    this.learner[Symbol.dispose]();
  }

  /** Zeroes the state of a stream at random, so that the model also learns how a text begins. */
  #resetStates(step: number, T: number): void {
    const rng = this.#resetRng.split(step);
    for (let b = 0; b < this.#options.batchSize; b++)
      if (rng.uniform() < T / CHARACTERS_PER_RESET)
        for (const tensor of this.carried.values()) tensor.row(b).view().fill(0);
  }
}

const CHARACTERS_PER_RESET = 2000; // of a stream, on average
const SEGMENT_LENGTH = 1024; // characters of a validation segment, more when there would be over MAX_SEGMENTS
const MAX_SEGMENTS = 64;
const SEGMENT_CONTEXT = 129; // characters read before each segment, to warm up its state
const stateSchema = z.object({ position: z.int() });

/** What determines the names and shapes of the parameters. */
export function modelConfig(options: Omit<CharLmConfig, 'vocabSize'>, { vocabulary }: EncodedCorpus) {
  const {
    cell,
    hiddenSize,
    numLayers,
    embeddingSize,
    tieWeights,
    layerNorm,
    block = false,
    ensembleSize = 1,
  } = options;
  return {
    vocabSize: vocabulary.size,
    cell,
    hiddenSize,
    numLayers,
    embeddingSize,
    tieWeights,
    layerNorm,
    block,
    ...(ensembleSize > 1 && { ensembleSize }),
  } satisfies CharLmConfig;
}
