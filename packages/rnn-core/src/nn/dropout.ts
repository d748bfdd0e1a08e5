import { ConfigError } from '../errors.ts';
import { dropout, lockedDropout } from '../ops/dropout.ts';
import type { Rng } from '../rng.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** Of {@link Dropout}. */
export interface DropoutConfig {
  /** Dropout probability, in [0, 1). */
  readonly p: number;
  /** Whether one mask serves all time steps. Default: false. */
  readonly locked?: boolean;
}

/**
 * Dropout, plain or locked over time (“variational”). Equations: {@link dropout}, {@link lockedDropout}.
 * Source: torch.nn.Dropout; Gal & Ghahramani 2016.
 */
export class Dropout extends Module {
  readonly config: Required<DropoutConfig>;

  /** @throws ConfigError when p is not in [0, 1) */
  constructor({ p, locked = false }: DropoutConfig) {
    super();
    if (!(p >= 0 && p < 1)) throw new ConfigError(`Dropout: p must be in [0, 1), got ${p}`);
    this.config = { p, locked };
  }

  /**
   * Sets elements of x to zero with probability p, and divides the others by 1 − p.
   *
   * @param x   [T, ...]
   * @param rng the random stream of this step; leave it out at evaluation, where x passes unchanged
   */
  forward(x: Tensor, rng?: Rng): Tensor {
    const { p, locked } = this.config;
    return locked ? lockedDropout(x, p, rng) : dropout(x, p, rng);
  }
}
