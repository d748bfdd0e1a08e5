import { type Backend, type Real, softmax, Tape, type Tensor } from '@unroll/rnn-core';
import { pad } from '@unroll/text';
import { keepAll } from '../model/dropping.ts';
import { pickRows, type Source } from '../model/source.ts';
import type { TranslationModel } from '../model/translation-model.ts';

/** What one step gives every row to choose from; views, valid only while it is being read. */
export interface Choice {
  /** [R, V] */
  readonly probabilities: Real;
  readonly V: number;
  /** [R, S], where each row looked; absent without attention */
  readonly weights: Real | undefined;
  readonly S: number;
}

/** What writes translations: the model, and the token that begins and ends every one. */
export interface Writer {
  readonly model: TranslationModel;
  readonly backend: Backend;
  readonly boundary: number;
}

/**
 * Decoding, step by step, of several hypotheses of several sentences at once: row k·N + n is hypothesis k of sentence n,
 * so that all hypotheses of a sentence read one memory. What a step computes is given back when it ends; only the
 * decoder's state stays.
 */
export class Decoding implements Disposable {
  readonly #writer: Writer;
  readonly #tape: Tape;
  readonly #buffers: readonly Tensor[]; // [rows, W] each
  readonly #S: number;
  #source: Source;
  #rows: number;

  /**
   * @param sources the sentences' ids, each with its boundary
   * @param hypotheses the most there will be of each
   */
  constructor(writer: Writer, sources: readonly Int32Array[], hypotheses: number) {
    const { T, B, ids, lengths } = pad(sources);
    this.#S = T;
    this.#writer = writer;
    this.#tape = new Tape(writer.backend, { record: false });
    const { source, state } = writer.model.encode(this.#tape.ids(ids, [T, B]), lengths, keepAll);
    this.#source = source;
    this.#rows = B;
    this.#buffers = state.map((x) => {
      const buffer = this.#tape.tensor('decoding', [hypotheses * B, x.shape[1] as number]);
      this.#tape.kernels.copyRows(buffer.ptr, x.size, x.ptr, x.size, 1, x.size, 0);
      return buffer;
    });
  }

  /** How many sentences are still written. */
  get N(): number {
    return this.#source.N;
  }

  /** Goes on with these sentences alone. The rows of the next step are numbered by them; those it comes from, as before. */
  keep(sentences: Int32Array): void {
    this.#source = this.#source.pick(sentences);
  }

  /**
   * @param tokens the last token of each row, [R]
   * @param from   the row of the step before that each continues, [R]
   */
  step(tokens: Int32Array, from: Int32Array, choose: (choice: Choice) => void): void {
    const { model, backend } = this.#writer;
    using tape = new Tape(backend, { record: false });
    const R = tokens.length;
    const state = this.#buffers.map((buffer) => pickRows(buffer.rows(0, this.#rows), from));
    const {
      features,
      state: next,
      weights,
    } = model.decode(tape.ids(tokens, [1, R]), { source: this.#source, state }, keepAll);
    const probabilities = softmax(model.logits(features));
    for (const [k, x] of next.entries()) tape.carry(x, (this.#buffers[k] as Tensor).rows(0, R));
    this.#rows = R;
    const V = model.config.targetVocab;
    choose({ probabilities: probabilities.view(), V, weights: weights?.view(), S: this.#S });
  }

  [Symbol.dispose](): void {
    this.#tape[Symbol.dispose]();
  }
}
