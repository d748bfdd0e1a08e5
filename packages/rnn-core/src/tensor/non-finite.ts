import type { Tensor } from './tensor.ts';

/** A NaN or an infinity, and where it stands. */
export interface NonFinite {
  /** What holds it: `linear(head.weight)`, `relu after linear(head.weight)`, `gradient of lstm.weight_hh_l0`. */
  readonly tensor: string;
  readonly index: readonly number[];
  readonly value: number;
}

/** The first NaN or infinity of a tensor. */
export function nonFiniteIn(x: Tensor, name: string): NonFinite | undefined {
  const at = x.storage.backend.kernels.firstNonFinite(x.ptr, x.size);
  if (at < 0) return undefined;
  const index: number[] = [];
  let rest = at;
  for (const length of x.shape.toReversed()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return { tensor: name, index, value: x.view()[at] as number };
}
