import { type Backend, type Real, softmax, Tape, type Tensor } from '@unroll/rnn-core';
import { pad } from '@unroll/text';
import { noDropout } from '../model/dropout.ts';
import { type EncodedSource, selectRows } from '../model/encoded-source.ts';
import type { TranslationModel } from '../model/translation-model.ts';

/** The output of one step, one row a hypothesis. The arrays are views, valid only inside the callback. */
export interface StepOutput {
  /** [R, V], of the next token */
  readonly probabilities: Real;
  readonly V: number;
  /** [R, S], attention weights; absent without attention */
  readonly weights: Real | undefined;
  readonly S: number;
}

/** The model to decode with. */
export interface DecodingModel {
  readonly model: TranslationModel;
  readonly backend: Backend;
  /** Id of the token that begins and ends every target sentence. */
  readonly eos: number;
}

/**
 * Decodes several hypotheses of several sentences one token at a time: row k·N + n is hypothesis k of sentence n, so that
 * all hypotheses of a sentence attend to one memory. The tensors of a step are freed when it ends, except the decoder's
 * state.
 */
export class IncrementalDecoder implements Disposable {
  readonly #decoding: DecodingModel;
  readonly #tape: Tape;
  readonly #buffers: readonly Tensor[]; // [rows, W] each
  readonly #S: number;
  #sources: readonly EncodedSource[];
  #rows: number;

  /**
   * @param sources    ids of the source sentences, each with its end-of-sentence token
   * @param hypotheses the most hypotheses of a sentence
   */
  constructor(decoding: DecodingModel, sources: readonly Int32Array[], hypotheses: number) {
    const { T, B, ids, lengths } = pad(sources);
    this.#S = T;
    this.#decoding = decoding;
    this.#tape = new Tape(decoding.backend, { record: false });
    const { sources: encoded, state } = decoding.model.encode(this.#tape.ids(ids, [T, B]), lengths, noDropout);
    this.#sources = encoded;
    this.#rows = B;
    this.#buffers = state.map((x) => {
      const buffer = this.#tape.tensor('decoding', [hypotheses * B, x.shape[1] as number]);
      this.#tape.kernels.copyRows(buffer.ptr, x.size, x.ptr, x.size, 1, x.size, 0);
      return buffer;
    });
  }

  /** Number of sentences still being decoded. */
  get N(): number {
    return (this.#sources[0] as EncodedSource).N;
  }

  /**
   * Drops all sentences but these. The rows of the next step are numbered by the new N, the rows that it continues by the
   * old.
   */
  keep(sentences: Int32Array): void {
    this.#sources = this.#sources.map((source) => source.select(sentences));
  }

  /**
   * Decodes one step of every row.
   *
   * @param tokens the last token of each row, [R]
   * @param from   the row of the previous step that each row continues, [R]
   * @param use    gets the output, which is freed afterwards
   */
  step(tokens: Int32Array, from: Int32Array, use: (output: StepOutput) => void): void {
    const { model, backend } = this.#decoding;
    using tape = new Tape(backend, { record: false });
    const R = tokens.length;
    const state = this.#buffers.map((buffer) => selectRows(buffer.rows(0, this.#rows), from));
    const {
      features,
      state: next,
      weights,
    } = model.decode(tape.ids(tokens, [1, R]), { sources: this.#sources, state }, noDropout);
    const probabilities = softmax(model.logits(features));
    for (const [k, x] of next.entries()) tape.carry(x, (this.#buffers[k] as Tensor).rows(0, R));
    this.#rows = R;
    const V = model.config.targetVocabSize;
    use({ probabilities: probabilities.view(), V, weights: weights?.view(), S: this.#S });
  }

  /** Frees the encoded sources and the states. */
  [Symbol.dispose](): void {
    this.#tape[Symbol.dispose]();
  }
}
