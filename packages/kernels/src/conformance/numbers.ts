import { type Beta, Rng } from '@unroll/rnn-core';

/** As many as a prime number, so that the rows of a matrix that repeats them differ. */
const DRAWN = 65_521;

/** Drawn once: the cases of one backend take a hundred million. */
const drawn = Rng.seeded(1);
const NORMALS = Float32Array.from({ length: DRAWN }, () => drawn.normal());
const UNIFORMS = Float32Array.from({ length: DRAWN }, () => 0.01 + 0.98 * drawn.uniform());

/** What cases are filled with: reproducible numbers of one stream. */
export class Numbers {
  readonly #rng: Rng;

  constructor(seed: number) {
    this.#rng = Rng.seeded(seed);
  }

  normal(length: number, spread = 1, mean = 0): Float32Array {
    const numbers = this.#from(NORMALS, length);
    if (spread !== 1 || mean !== 0) for (let i = 0; i < length; i++) numbers[i] = mean + spread * (numbers[i] ?? 0);
    return numbers;
  }

  /** In (0, 1). */
  uniform(length: number): Float32Array {
    return this.#from(UNIFORMS, length);
  }

  /** Numbers in order from a random one on, and again from the first. */
  #from(all: Float32Array, length: number): Float32Array {
    const numbers = new Float32Array(length);
    let start = this.#rng.integer(all.length);
    for (let done = 0; done < length; start = 0) {
      const next = all.subarray(start, start + length - done);
      numbers.set(next, done);
      done += next.length;
    }
    return numbers;
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
