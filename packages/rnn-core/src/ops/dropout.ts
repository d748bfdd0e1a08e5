import { ConfigError } from '../errors.ts';
import type { Rng } from '../rng.ts';
import { Tape } from '../tensor/tape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mul } from './elementwise.ts';

/**
 * Sets each element to 0 with probability p and scales the rest by 1/(1 - p). Source: torch.nn.functional.dropout.
 *
 * @param p   dropout probability, in [0, 1)
 * @param rng leave it out at evaluation: then x passes unchanged
 * @throws ConfigError when p is not in [0, 1)
 */
export function dropout(x: Tensor, p: number, rng: Rng | undefined): Tensor {
  return masked(x, p, rng, x.shape);
}

/**
 * Dropout with one mask for all of time. Source: Gal & Ghahramani 2016 (“variational”), Merity et al. 2018 (“locked”).
 *
 * @param x [T, ...]
 * @param p dropout probability, in [0, 1)
 * @throws ConfigError when p is not in [0, 1)
 */
export function lockedDropout(x: Tensor, p: number, rng: Rng | undefined): Tensor {
  return masked(x, p, rng, x.shape.slice(1));
}

function masked(x: Tensor, p: number, rng: Rng | undefined, shape: readonly number[]): Tensor {
  if (!(p >= 0 && p < 1)) throw new ConfigError(`dropout: p must be in [0, 1), got ${p}`);
  if (!rng || p === 0) return x;
  const tape = Tape.current;
  const mask = tape.tensor('dropout', shape);
  tape.kernels.dropoutMask(mask.ptr, mask.size, 1 - p, ...rng.key);
  return mul(x, mask);
}
