import { ConfigError } from './errors.ts';
import { ln } from './math.ts';

const TWO_32 = 2 ** 32;

/**
 * Philox4x32 with ten rounds: four random words for a 128-bit counter and a 64-bit key.
 *
 * Source: Salmon, Moraes, Dror, Shaw 2011, “Parallel random numbers: as easy as 1, 2, 3”; equals Random123's vectors.
 *
 * @param words the four words are written there, and that is what is returned
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  words = new Uint32Array(4),
): Uint32Array {
  // By index: a pattern would go through an iterator, and this must be fast before it is compiled.
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
  return words;
}

/** The upper 32 bits of the unsigned product. Of imul all the way: a double would be allocated until this is compiled. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * A counter-based stream of random numbers. Streams are split by name, never shared: what one consumer draws cannot
 * shift what another gets, and a stream for step 1,000 is had without drawing the 999 before.
 */
export class Rng {
  /** The 64-bit key as two words; what a dropout kernel takes. */
  readonly key: readonly [number, number];
  readonly #words = new Uint32Array(4);
  #drawn = 0;
  #spare: number | undefined;

  constructor(key: readonly [number, number]) {
    this.key = [key[0] >>> 0, key[1] >>> 0];
  }

  /**
   * @param seed a whole number of at most 53 bits
   * @throws ConfigError when it is not
   */
  static seeded(seed: number): Rng {
    if (!Number.isSafeInteger(seed)) throw new ConfigError(`Rng.seeded: seed must be a whole number, got ${seed}`);
    const [k0 = 0, k1 = 0] = philox([seed >>> 0, Math.floor(seed / TWO_32) >>> 0, 0, 0x5eed], [0, 0]);
    return new Rng([k0, k1]);
  }

  /** The stream of that name under this one, whatever has been drawn from either. A number names a step or an index. */
  split(name: string | number): Rng {
    const [a, b] = typeof name === 'number' ? [name >>> 0, Math.floor(name / TWO_32) >>> 0] : hash(name);
    const [k0 = 0, k1 = 0] = philox([a, b, typeof name === 'number' ? 1 : 2, 0x5b117], this.key);
    return new Rng([k0, k1]);
  }

  /** A whole number in [0, 2³²). */
  uint32(): number {
    const lane = this.#drawn % 4;
    if (lane === 0) {
      const block = this.#drawn / 4;
      philox([block >>> 0, Math.floor(block / TWO_32), 0, 1], this.key, this.#words);
    }
    this.#drawn++;
    return this.#words[lane] as number;
  }

  /** A number in [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return this.uint32() / TWO_32;
  }

  /**
   * A whole number in [0, n), without bias.
   * @throws ConfigError when n is not a whole number in [1, 2³²]
   */
  integer(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= TWO_32))
      throw new ConfigError(`Rng.integer: n must be a whole number in [1, 2³²], got ${n}`);
    const limit = TWO_32 - (TWO_32 % n);
    for (;;) {
      const word = this.uint32();
      if (word < limit) return word % n;
    }
  }

  /** Normal with mean 0 and variance 1. Source: Marsaglia's polar method. */
  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * ln(s)) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** 0 … n-1 in random order. Source: Fisher and Yates, Durstenfeld's form. */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, k) => k);
    for (let k = n - 1; k > 0; k--) {
      const j = this.integer(k + 1);
      [order[k], order[j]] = [order[j] as number, order[k] as number];
    }
    return order;
  }
}

/** FNV-1a over the UTF-16 code units, two lanes of 32 bits. */
function hash(name: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0xc9dc5118;
  for (let k = 0; k < name.length; k++) {
    const unit = name.charCodeAt(k);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x01000197);
    b ^= b >>> 15;
  }
  return [a >>> 0, b >>> 0];
}
