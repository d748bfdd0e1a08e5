import type { Backend } from '@unroll/rnn-core';
import type { CharLmModel } from '../model/char-lm-model.ts';
import type { EncodedCorpus } from '../tokenizer.ts';
import { type EvaluationOptions, negativeLogLikelihoods } from './likelihood.ts';
import { type TextScore, TextTally } from './text-score.ts';

/** The score of a held-out text, and of each of its parts. */
export interface HeldOutScore {
  readonly whole: TextScore;
  readonly parts: readonly { readonly name: string; readonly score: TextScore }[];
}

/** Scores the ids of a text: [N] −ln p of each given all before it, in nats. */
export type Scorer = (text: Int32Array, options: Pick<EvaluationOptions, 'context'>) => Promise<Float64Array>;

/**
 * Scores the held-out text as one stream whose state is carried from the first character to the last. Its context is the
 * last character of the training text, which it follows.
 *
 * @param scorer {@link negativeLogLikelihoods} by default, or that of a {@link DynamicEvaluation}
 */
export async function evaluateHeldOut(
  model: CharLmModel,
  backend: Backend,
  { train, heldOut }: Pick<EncodedCorpus, 'train' | 'heldOut'>,
  scorer: Scorer = (text, options) => negativeLogLikelihoods(model, backend, text, options),
): Promise<HeldOutScore> {
  const text = new Int32Array(heldOut.reduce((sum, { encoded }) => sum + encoded.ids.length, 0));
  let length = 0;
  for (const { encoded } of heldOut) {
    text.set(encoded.ids, length);
    length += encoded.ids.length;
  }
  const nats = await scorer(text, { context: train.slice(-1) });
  const whole = new TextTally();
  let from = 0;
  const parts = heldOut.map(({ name, encoded }) => {
    const part = nats.subarray(from, from + encoded.ids.length);
    from += encoded.ids.length;
    whole.add(encoded, part);
    return { name, score: new TextTally().add(encoded, part).score() };
  });
  return { whole: whole.score(), parts };
}
