import { type Backend, Stepper, type WeightFormat } from '@unroll/rnn-core';
import type { CharLmModel } from '../model/char-lm-model.ts';

/**
 * Negative log-likelihood of a text, read as generation reads it, one id after another: what a weight format costs.
 *
 * @param context the id before the text
 * @returns Σ −ln p, in nats
 */
export function steppedNegativeLogLikelihood(
  model: CharLmModel,
  backend: Backend,
  context: number,
  text: Int32Array,
  format: WeightFormat,
): number {
  using stepper = new Stepper(backend, model, format);
  let nats = 0;
  let previous = context;
  for (const id of text) {
    const logits = stepper.step(previous);
    let max = -Infinity;
    for (const x of logits) max = Math.max(max, x);
    let sum = 0;
    for (const x of logits) sum += Math.exp(x - max);
    nats += max + Math.log(sum) - (logits[id] as number);
    previous = id;
  }
  return nats;
}
