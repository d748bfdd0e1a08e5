const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/**
 * numpy's default generator, so that the tests of significance give what sacreBLEU gives for the same seed.
 *
 *     s ← s·m + c (mod 2¹²⁸)      draw = rotate( s_high ⊕ s_low, by the top six bits of s )
 *
 * Source: O'Neill 2014, PCG XSL-RR 128/64; numpy.random.default_rng(seed).
 */
export class Pcg64 {
  readonly #increment: bigint;
  #state = 0n;
  #half: number | undefined;

  /** @param seed an integer in [0, 2³²) */
  constructor(seed: number) {
    const [stateHigh, stateLow, sequenceHigh, sequenceLow] = seedWords(seed);
    this.#increment = BigInt.asUintN(128, (((sequenceHigh << 64n) | sequenceLow) << 1n) | 1n);
    this.#step();
    this.#state += (stateHigh << 64n) | stateLow;
    this.#step();
  }

  /** A uniform integer in [0, 2³²). Each 64-bit draw gives two, its lower half first. */
  uint32(): number {
    if (this.#half !== undefined) {
      const half = this.#half;
      this.#half = undefined;
      return half;
    }
    this.#step();
    const folded = BigInt.asUintN(64, (this.#state >> 64n) ^ this.#state);
    const turn = this.#state >> 122n;
    const draw = (folded >> turn) | (folded << (64n - turn));
    this.#half = Number(BigInt.asUintN(32, draw >> 32n));
    return Number(BigInt.asUintN(32, draw));
  }

  /** A uniform integer in [0, n), n < 2³². Source: Lemire 2019. */
  below(n: number): number {
    const uneven = 2 ** 32 % n;
    for (;;) {
      const product = BigInt(this.uint32()) * BigInt(n);
      if (Number(BigInt.asUintN(32, product)) >= uneven) return Number(product >> 32n);
    }
  }

  #step(): void {
    this.#state = BigInt.asUintN(128, this.#state * MULTIPLIER + this.#increment);
  }
}

/** Four words of 64 bits from a small seed. Source: numpy.random.SeedSequence, after O'Neill's seed_seq. */
function seedWords(seed: number): [bigint, bigint, bigint, bigint] {
  const absorb = hasher(0x43b0d7e5, 0x931e8875);
  const pool = [absorb(seed), absorb(0), absorb(0), absorb(0)];
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      const mixed = Math.imul(0xca01f9dd, pool[to] as number) - Math.imul(0x4973f715, absorb(pool[from] as number));
      pool[to] = mixed ^ (mixed >>> 16);
    }
  const squeeze = hasher(0x8b51f9dd, 0x58f38ded);
  const words = Array.from({ length: 8 }, (_, k) => BigInt(squeeze(pool[k % 4] as number) >>> 0));
  const pair = (k: number) => ((words[2 * k + 1] as bigint) << 32n) | (words[2 * k] as bigint);
  return [pair(0), pair(1), pair(2), pair(3)];
}

function hasher(initial: number, multiplier: number): (value: number) => number {
  let constant = initial;
  return (value) => {
    const keyed = value ^ constant;
    constant = Math.imul(constant, multiplier);
    const product = Math.imul(keyed, constant);
    return product ^ (product >>> 16);
  };
}
