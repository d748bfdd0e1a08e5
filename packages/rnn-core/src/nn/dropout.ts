import { ConfigError } from '../errors.ts';
import { dropout, lockedDropout } from '../ops/dropout.ts';
import type { Rng } from '../rng.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

export interface DropoutConfig {
  /** Share of elements set to zero, in [0, 1). */
  readonly rate: number;
  /** One mask for all of time. */
  readonly locked?: boolean;
}

/** Dropout, plain or locked over time. Source: torch.nn.Dropout; Gal & Ghahramani 2016. */
export class Dropout extends Module {
  readonly config: Required<DropoutConfig>;

  /** @throws ConfigError when the rate is not in [0, 1) */
  constructor({ rate, locked = false }: DropoutConfig) {
    super();
    if (!(rate >= 0 && rate < 1)) throw new ConfigError(`Dropout: rate must be in [0, 1), got ${rate}`);
    this.config = { rate, locked };
  }

  /**
   * @param x   [T, ...]
   * @param rng the stream of this step; none at evaluation, where x passes unchanged
   */
  forward(x: Tensor, rng?: Rng): Tensor {
    const { rate, locked } = this.config;
    return locked ? lockedDropout(x, rate, rng) : dropout(x, rate, rng);
  }
}
