import { type Attention, type AttentionMemory, add, embedding, Tape, type Tensor } from '@unroll/rnn-core';

/** The context of a decoder's queries. */
export interface SourceContext {
  /** [Q, N, M] */
  readonly context: Tensor;
  /** [Q, N, S], attention weights; absent without attention */
  readonly weights?: Tensor;
}

/** N encoded sentences. A sentence may have several queries at once: positions, hypotheses, or both. */
export interface EncodedSource {
  /** Number of sentences. */
  readonly N: number;
  /** @param query [Q, N, D] */
  attend(query: Tensor): SourceContext;
  /** Some of the sentences, in that order, for a search that has finished the others. */
  select(sentences: Int32Array): EncodedSource;
}

/** The context is the attention-weighted mean over the positions of the sentence. */
export class AttentionSource implements EncodedSource {
  readonly N: number;
  readonly #attention: Attention;
  readonly #memory: AttentionMemory;

  constructor(attention: Attention, memory: AttentionMemory) {
    this.N = memory.values.shape[1] as number;
    this.#attention = attention;
    this.#memory = memory;
  }

  attend(query: Tensor): SourceContext {
    return this.#attention.forward(query, this.#memory);
  }

  select(sentences: Int32Array): EncodedSource {
    const { keys, values, lengths } = this.#memory;
    const selected = selectSentences(values, sentences);
    return new AttentionSource(this.#attention, {
      keys: keys === values ? selected : selectSentences(keys, sentences),
      values: selected,
      lengths: lengths && sentences.map((n) => lengths[n] as number),
    });
  }
}

/**
 * Without attention the context of every query is one vector, the final encoder state.
 * Source: Cho et al. 2014.
 */
export class FixedSource implements EncodedSource {
  readonly N: number;
  readonly #vector: Tensor; // [N, M]

  constructor(vector: Tensor) {
    this.N = vector.shape[0] as number;
    this.#vector = vector;
  }

  attend(query: Tensor): SourceContext {
    const tape = Tape.current;
    const zeros = tape.tensor('zeros', [query.shape[0] as number, ...this.#vector.shape]);
    tape.kernels.fill(zeros.ptr, 0, zeros.size);
    return { context: add(zeros, this.#vector) };
  }

  select(sentences: Int32Array): EncodedSource {
    return new FixedSource(selectRows(this.#vector, sentences));
  }
}

/** Rows of x, [R, W], by index. */
export function selectRows(x: Tensor, rows: Int32Array): Tensor {
  return embedding(x, Tape.current.ids(rows, [rows.length]));
}

/** Entries of the second axis of x, [S, N, W], by index. */
function selectSentences(x: Tensor, sentences: Int32Array): Tensor {
  const [S = 0, N = 0, W = 0] = x.shape;
  const rows = Int32Array.from({ length: S * sentences.length }, (_, k) => {
    const s = Math.floor(k / sentences.length);
    return s * N + (sentences[k % sentences.length] as number);
  });
  return selectRows(x.reshape(S * N, W), rows).reshape(S, sentences.length, W);
}
