import { UnrollError } from '../errors.ts';

/** The validation loss is far above the loss that training began with. */
export class DivergenceError extends UnrollError {
  override name = 'DivergenceError';
}

const FACTOR = 20; // a classifier of two classes that overfits may reach 5 to 8
const LEAST_LOSS = 0.1; // of the first step, for a model that is good from the start

/**
 * Stops a training that has diverged: whose validation loss exceeds 20 times the loss of its first step. A model that
 * overfits stays far below.
 *
 * @param first the loss of the first step
 * @throws DivergenceError
 */
export function checkDivergence(step: number, loss: number, first: number | undefined): void {
  if (first === undefined || loss <= FACTOR * Math.max(first, LEAST_LOSS)) return;
  throw new DivergenceError(
    `step ${step}: validation loss must stay below ${FACTOR} times the loss of the first step, ${first.toPrecision(4)}, got ${loss.toPrecision(4)}`,
  );
}
