import { type Attention, type AttentionMemory, add, embedding, Tape, type Tensor } from '@unroll/rnn-core';

/** What a decoder got from its source. */
export interface Reading {
  /** [Q, N, M] */
  readonly context: Tensor;
  /** [Q, N, S], where it looked; absent without attention */
  readonly weights?: Tensor;
}

/** N encoded sentences, as a decoder reads them. Several queries may read each: positions, hypotheses, or both. */
export interface Source {
  /** How many sentences. */
  readonly N: number;
  /** @param query [Q, N, D] */
  read(query: Tensor): Reading;
  /** Some of the sentences, in that order; for a search whose others are done. */
  pick(sentences: Int32Array): Source;
}

/** Every place of the sentence, weighted by attention. */
export class AttendedSource implements Source {
  readonly N: number;
  readonly #attention: Attention;
  readonly #memory: AttentionMemory;

  constructor(attention: Attention, memory: AttentionMemory) {
    this.N = memory.values.shape[1] as number;
    this.#attention = attention;
    this.#memory = memory;
  }

  read(query: Tensor): Reading {
    return this.#attention.forward(query, this.#memory);
  }

  pick(sentences: Int32Array): Source {
    const { keys, values, lengths } = this.#memory;
    const picked = pickSentences(values, sentences);
    return new AttendedSource(this.#attention, {
      keys: keys === values ? picked : pickSentences(keys, sentences),
      values: picked,
      lengths: lengths && sentences.map((n) => lengths[n] as number),
    });
  }
}

/** One vector for the whole sentence, the same at every step. Source: Cho et al. 2014, before there was attention. */
export class SummarySource implements Source {
  readonly N: number;
  readonly #summary: Tensor; // [N, M]

  constructor(summary: Tensor) {
    this.N = summary.shape[0] as number;
    this.#summary = summary;
  }

  read(query: Tensor): Reading {
    const tape = Tape.current;
    const zeros = tape.tensor('zeros', [query.shape[0] as number, ...this.#summary.shape]);
    tape.kernels.fill(zeros.ptr, 0, zeros.size);
    return { context: add(zeros, this.#summary) };
  }

  pick(sentences: Int32Array): Source {
    return new SummarySource(pickRows(this.#summary, sentences));
  }
}

/** Rows of x, [R, W], by number. */
export function pickRows(x: Tensor, rows: Int32Array): Tensor {
  return embedding(x, Tape.current.ids(rows, [rows.length]));
}

/** Columns of the second axis of x, [S, N, W], by number. */
function pickSentences(x: Tensor, sentences: Int32Array): Tensor {
  const [S = 0, N = 0, W = 0] = x.shape;
  const rows = Int32Array.from({ length: S * sentences.length }, (_, k) => {
    const s = Math.floor(k / sentences.length);
    return s * N + (sentences[k % sentences.length] as number);
  });
  return pickRows(x.reshape(S * N, W), rows).reshape(S, sentences.length, W);
}
