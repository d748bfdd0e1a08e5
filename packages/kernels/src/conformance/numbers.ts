import { type Beta, Rng } from '@unroll/rnn-core';

/** What cases are filled with: reproducible numbers of one stream. */
export class Numbers {
  readonly #rng: Rng;

  constructor(seed: number) {
    this.#rng = Rng.seeded(seed);
  }

  normal(length: number, spread = 1, mean = 0): Float32Array {
    return Float32Array.from({ length }, () => mean + spread * this.#rng.normal());
  }

  /** In (0, 1). */
  uniform(length: number): Float32Array {
    return Float32Array.from({ length }, () => 0.01 + 0.98 * this.#rng.uniform());
  }

  /** In [from, to]. */
  integers(length: number, from: number, to: number): Int32Array {
    return Int32Array.from({ length }, () => from + this.#rng.integer(to - from + 1));
  }

  /** What a kernel must not read: NaN poisons everything made from it. */
  garbage(length: number): Float32Array {
    return new Float32Array(length).fill(Number.NaN);
  }

  /** What a kernel adds to when beta is 1, and must not read when it is 0. */
  output(length: number, beta: Beta): Float32Array {
    return beta ? this.normal(length) : this.garbage(length);
  }

  /** The same for rows of N, `ld` apart, with what is between them to be left alone. */
  rows(M: number, N: number, ld: number, beta: Beta): Float32Array {
    const y = this.normal(M * ld);
    if (!beta) for (let r = 0; r < M; r++) y.fill(Number.NaN, r * ld, r * ld + N);
    return y;
  }
}
