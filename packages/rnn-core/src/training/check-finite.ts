import { UnrollError } from '../errors.ts';
import type { Parameters } from '../nn/parameters.ts';
import type { NonFinite } from '../tensor/non-finite.ts';
import type { Tape } from '../tensor/tape.ts';

/** A training step reached NaN or Infinity; the message names the step, the tensor, the index and the value. */
export class NonFiniteError extends UnrollError {
  override name = 'NonFiniteError';
  readonly step: number;
  readonly found: NonFinite;

  constructor(step: number, found: NonFinite) {
    const { tensor, index, value } = found;
    const position = index.length > 0 ? ` at [${index.join(', ')}]` : '';
    super(`step ${step}: ${tensor} must be finite, got ${value}${position}`);
    this.step = step;
    this.found = found;
  }
}

/**
 * Stops a training step that has reached NaN or Infinity. It costs nothing while all values are finite: one that is not
 * reaches the loss or the gradient norm, which are known anyway, and only then is its origin searched: among the weights,
 * then the activations in the order of computation, then the gradients in the order of back-propagation.
 *
 *     checkFinite(step, { loss: loss.item() }, tape, parameters);
 *     tape.grad(loss, parameters);
 *     const { norm, scale } = clip.apply(parameters);
 *     checkFinite(step, { 'gradient norm': norm }, tape, parameters);
 *
 * @param values what must be finite, by name
 * @throws NonFiniteError naming where the first non-finite value arose
 */
export function checkFinite(
  step: number,
  values: Readonly<Record<string, number>>,
  tape: Tape,
  parameters: Parameters,
): void {
  for (const [tensor, value] of Object.entries(values)) {
    if (Number.isFinite(value)) continue;
    const origin =
      parameters.firstNonFinite('values') ?? tape.firstNonFinite() ?? parameters.firstNonFinite('gradients');
    throw new NonFiniteError(step, origin ?? { tensor, index: [], value });
  }
}
