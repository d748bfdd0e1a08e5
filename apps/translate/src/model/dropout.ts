import { dropout, lockedDropout, type Rng, type Tensor } from '@unroll/rnn-core';

export interface DropoutConfig {
  /** Dropout probability, in [0, 1). */
  readonly dropout: number;
  /** One mask for all positions of a sentence (Gal & Ghahramani 2016), or a new one at each. */
  readonly variationalDropout: boolean;
}

/** Applies dropout to x, [T, B, N]. Each layer's name has its own random stream. */
export type Dropout = (x: Tensor, layer: string) => Tensor;

/** Dropout of one training step. @param rng the random stream of this step */
export function trainingDropout({ dropout: probability, variationalDropout }: DropoutConfig, rng: Rng): Dropout {
  const drop = variationalDropout ? lockedDropout : dropout;
  return (x, layer) => drop(x, probability, rng.split(layer));
}

/** Dropout outside training: none. */
export const noDropout: Dropout = (x) => x;
