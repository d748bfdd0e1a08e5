import { ConfigError } from '../errors.ts';
import type { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mul } from './elementwise.ts';

/**
 * Sets each element to 0 with probability `rate` and scales the rest by 1/(1 - rate). Leave the generator out at
 * evaluation: then x passes unchanged.
 *
 * @param rate in [0, 1)
 * @throws ConfigError when the rate is not
 */
export function dropout(x: Tensor, rate: number, rng: Rng | undefined): Tensor {
  return masked(x, rate, rng, x.shape);
}

/**
 * Dropout with one mask for all of time. Source: Gal & Ghahramani 2016 (“variational”), Merity et al. 2018 (“locked”).
 *
 * @param x [T, ...]
 * @param rate in [0, 1)
 * @throws ConfigError when the rate is not
 */
export function lockedDropout(x: Tensor, rate: number, rng: Rng | undefined): Tensor {
  return masked(x, rate, rng, x.shape.slice(1));
}

function masked(x: Tensor, rate: number, rng: Rng | undefined, shape: readonly number[]): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new ConfigError(`dropout: rate must be in [0, 1), got ${rate}`);
  if (!rng || rate === 0) return x;
  const tape = Tape.current;
  const mask = tape.tensor('dropout', shape);
  tape.kernels.dropoutMask(mask.ptr, mask.size, 1 - rate, ...rng.key);
  return mul(x, mask);
}
