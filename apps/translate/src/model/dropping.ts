import { dropout, lockedDropout, type Rng, type Tensor } from '@unroll/rnn-core';

export interface DroppingConfig {
  /** The share set to zero, in [0, 1). */
  readonly dropout: number;
  /** One mask for all positions of a sentence (Gal & Ghahramani 2016), or a new one at each. */
  readonly variational: boolean;
}

/** Drops a share of x, [T, B, N]; the name tells places apart, so that each has a stream of its own. */
export type Dropping = (x: Tensor, place: string) => Tensor;

/** How a training step drops. @param rng the stream of this step */
export function dropping({ dropout: rate, variational }: DroppingConfig, rng: Rng): Dropping {
  const drop = variational ? lockedDropout : dropout;
  return (x, place) => drop(x, rate, rng.split(place));
}

/** How everything else drops: not at all. */
export const keepAll: Dropping = (x) => x;
