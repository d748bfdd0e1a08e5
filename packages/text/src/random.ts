/** A source of random bits. This package has none of its own, so that the caller's seed determines everything. */
export interface RandomSource {
  /** A uniform integer in [0, 2³²). */
  uint32(): number;
}

/** A source per epoch: (seed, epoch) determines its order, and a resumed run needs no generator state. */
export type EpochRandom = (epoch: number) => RandomSource;

/** A uniform integer in [0, n), 1 ≤ n ≤ 2³²; draws above the largest multiple of n are rejected. */
export function below(random: RandomSource, n: number): number {
  const even = 2 ** 32 - (2 ** 32 % n);
  let draw = random.uint32();
  while (draw >= even) draw = random.uint32();
  return draw % n;
}

/** Shuffles `items` uniformly, in place. Source: Fisher & Yates 1938, in Durstenfeld's form of 1964. */
export function shuffle(items: { [index: number]: number; readonly length: number }, random: RandomSource): void {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = below(random, last + 1);
    const kept = items[last] as number;
    items[last] = items[chosen] as number;
    items[chosen] = kept;
  }
}
