import type { Rng } from '@unroll/rnn-core';

/** A number from a gamma distribution of scale 1. Source: Marsaglia & Tsang 2000. */
export function gammaVariate(shape: number, rng: Rng): number {
  if (shape < 1) return gammaVariate(shape + 1, rng) * rng.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = rng.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - rng.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

const MANY = 1000;

/**
 * A whole number from a Poisson distribution: the arrivals of unit rate in a time of length `mean`. Above 1000 the normal
 * distribution is close enough.
 */
export function poissonVariate(mean: number, rng: Rng): number {
  if (mean > MANY) return Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal()));
  let count = 0;
  for (let left = mean; ; count++) {
    left += Math.log(1 - rng.uniform());
    if (left < 0) return count;
  }
}
