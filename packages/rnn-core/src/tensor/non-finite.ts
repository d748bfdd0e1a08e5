import { UnrollError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import type { Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';

/** A number that is NaN or infinite, and where it stands. */
export interface NonFinite {
  /** What holds it: `linear(head.weight)`, `relu after linear(head.weight)`, `gradient of lstm.weight_hh_l0`. */
  readonly tensor: string;
  readonly index: readonly number[];
  readonly value: number;
}

/** A training step came to a number that is none; its message names the step, the tensor, the place and the number. */
export class NonFiniteError extends UnrollError {
  override name = 'NonFiniteError';
  readonly step: number;
  readonly found: NonFinite;

  constructor(step: number, found: NonFinite) {
    const { tensor, index, value } = found;
    const place = index.length > 0 ? ` at [${index.join(', ')}]` : '';
    super(`step ${step}: ${tensor} must be finite, got ${value}${place}`);
    this.step = step;
    this.found = found;
  }
}

/**
 * Stops a training step that has come to a NaN or an infinity. It costs nothing while all is well: a number that is none
 * reaches the loss or the gradient's norm, which are known anyway, and only then is its origin searched: among the
 * weights, then the activations in the order of computation, then the gradients on their way back.
 *
 *     checkFinite(step, { loss: loss.item() }, tape, parameters);
 *     tape.grad(loss, parameters);
 *     const { norm, scale } = clip.apply(parameters);
 *     checkFinite(step, { 'gradient norm': norm }, tape, parameters);
 *
 * @param figures what must be finite, by name
 * @throws NonFiniteError naming where the first such number arose
 */
export function checkFinite(
  step: number,
  figures: Readonly<Record<string, number>>,
  tape: Tape,
  parameters: Parameters,
): void {
  for (const [tensor, value] of Object.entries(figures)) {
    if (Number.isFinite(value)) continue;
    const origin =
      parameters.firstNonFinite('values') ?? tape.firstNonFinite() ?? parameters.firstNonFinite('gradients');
    throw new NonFiniteError(step, origin ?? { tensor, index: [], value });
  }
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
