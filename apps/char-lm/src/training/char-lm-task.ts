import {
  type Backend,
  carryState,
  crossEntropy,
  Parameters,
  Rng,
  type State,
  Tape,
  type Tensor,
} from '@unroll/rnn-core';
import { type Figures, type JsonObject, Learner, type TrainingTask, type Validation } from '@unroll/run';
import { WindowStream } from '@unroll/text';
import { z } from 'zod';
import type { TrainConfig } from '../commands/config.ts';
import { surprises } from '../evaluation.ts';
import { CharLm, type CharLmShape } from '../model.ts';
import type { EncodedCorpus } from '../tokenizer.ts';
import { WindowPlan } from './window-plan.ts';

/**
 * The method: truncated back-propagation through time over B parallel streams of the text, whose state is carried from
 * window to window.
 */
export class CharLmTask implements TrainingTask {
  readonly model: CharLm;
  readonly learner: Learner;
  readonly carried: ReadonlyMap<string, Tensor>;
  /** Seconds spent in steps, and characters read in them, in this sitting. */
  readonly spent = { seconds: 0, characters: 0 };
  readonly #config: TrainConfig;
  readonly #corpus: EncodedCorpus;
  readonly #backend: Backend;
  readonly #session: Tape;
  readonly #state: State;
  readonly #windows: WindowPlan;
  readonly #steps: number;
  readonly #dropout: Rng;
  readonly #beginnings: Rng;
  #stream: WindowStream;

  constructor(config: TrainConfig, corpus: EncodedCorpus, backend: Backend, steps: number) {
    this.#config = config;
    this.#corpus = corpus;
    this.#backend = backend;
    this.#steps = steps;
    const rng = Rng.seeded(config.seed);
    this.#dropout = rng.split('dropout');
    this.#beginnings = rng.split('beginnings');
    this.model = new CharLm(shapeOf(config, corpus), config);
    const parameters = Parameters.create(this.model, backend, rng.split('init'));
    this.learner = new Learner(parameters, config, steps);
    this.#windows = new WindowPlan({ ...config, steps });
    this.#stream = WindowStream.ending(corpus.train, config.batch, this.#windows.predictions);
    this.#session = new Tape(backend, { record: false }); // holds the state from step to step
    this.#state = this.model.zeroState(config.batch);
    this.carried = new Map(
      this.#state.flatMap(
        ({ h, c }, k) => [[`state.${k}.h`, h], ...(c ? [[`state.${k}.c`, c] as const] : [])] as const,
      ),
    );
  }

  step(step: number): Figures {
    const start = performance.now();
    using tape = new Tape(this.#backend);
    const { x, y, T, B } = this.#stream.next(this.#windows.windowAt(step));
    this.#beginAnew(step, T);

    const out = this.model.forward(tape.ids(x, [T, B]), { state: this.#state, rng: this.#dropout.split(step) });
    const loss = crossEntropy(out.logits, tape.ids(y, [T, B])); // nats per character
    const update = this.learner.update(tape, loss, step, this.#windows.progressAt(step) * this.#steps);
    carryState(out.state, this.#state); // truncated: the state crosses, its gradient does not

    this.spent.seconds += (performance.now() - start) / 1000;
    this.spent.characters += T * B;
    return { ...update, characters: T * B };
  }

  /** The whole of the validation text, in parallel stretches for speed; the run's final figure is that of one stream. */
  async validate(): Promise<Validation> {
    const { train, valid } = this.#corpus;
    const context = train.slice(-STRETCH_CONTEXT);
    const streams = Math.min(MOST_STRETCHES, Math.ceil(valid.ids.length / STRETCH));
    const nats = await surprises(this.model, this.#backend, valid.ids, { context, streams });
    const sum = nats.reduce((sum, x) => sum + x, 0);
    const loss = sum / valid.ids.length;
    return { loss, figures: { validLoss: loss, validBitsPerCharacter: sum / Math.LN2 / valid.characters } };
  }

  state(): JsonObject {
    return { position: this.#stream.position };
  }

  restore(state: JsonObject): void {
    this.#stream = new WindowStream(this.#corpus.train, this.#config.batch, stateSchema.parse(state).position);
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
    this.learner[Symbol.dispose]();
  }

  /** Zeroes the state of a stream by chance now and then, so that the model also learns how a text begins. */
  #beginAnew(step: number, T: number): void {
    const rng = this.#beginnings.split(step);
    for (let b = 0; b < this.#config.batch; b++)
      if (rng.uniform() < T / CHARACTERS_A_BEGINNING)
        for (const tensor of this.carried.values()) tensor.row(b).view().fill(0);
  }
}

const CHARACTERS_A_BEGINNING = 2000; // of a stream, on average
const STRETCH = 1024; // characters validated in a row, or more when there would be
const MOST_STRETCHES = 64; // side by side
const STRETCH_CONTEXT = 129; // characters read before each, so that its state is warm
const stateSchema = z.object({ position: z.int() });

/** What decides the weights' names and shapes. */
export function shapeOf(config: TrainConfig, { vocab }: EncodedCorpus) {
  const { cell, hidden, layers, embedding, tied, layerNorm } = config;
  return { vocabSize: vocab.size, cell, hidden, layers, embedding, tied, layerNorm } satisfies CharLmShape;
}
