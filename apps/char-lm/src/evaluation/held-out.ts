import { type LanguageModelScore, LanguageModelTally } from '@unroll/metrics';
import type { Backend } from '@unroll/rnn-core';
import type { EncodedText } from '@unroll/text';
import type { CharLmModel } from '../model.ts';
import type { EncodedCorpus } from '../tokenizer.ts';
import { type EvaluationOptions, negativeLogLikelihoods } from './likelihood.ts';

/** How well a model predicts a text. */
export interface TextScore extends LanguageModelScore {
  /** Fraction of the characters that the training text did not hold, and that are spelled in bytes. */
  readonly fallbackRate: number;
}

/** The score of a held-out text, and of each of its parts. */
export interface HeldOutScore {
  readonly whole: TextScore;
  readonly parts: readonly { readonly name: string; readonly score: TextScore }[];
}

/**
 * Scores a text.
 *
 * @param nats [N] the network's negative log-likelihood of each id; those of fallback bytes are added here
 */
export function scoreText(encoded: EncodedText, nats: Float64Array): TextScore {
  return scoreTexts([{ encoded, nats }]);
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
  let from = 0;
  const scored = heldOut.map(({ name, encoded }) => {
    const part = nats.subarray(from, from + encoded.ids.length);
    from += encoded.ids.length;
    return { name, encoded, nats: part, score: scoreText(encoded, part) };
  });
  return { whole: scoreTexts(scored), parts: scored.map(({ name, score }) => ({ name, score })) };
}

function scoreTexts(texts: readonly { encoded: EncodedText; nats: Float64Array }[]): TextScore {
  const tally = new LanguageModelTally();
  let unseen = 0;
  for (const { encoded, nats } of texts) {
    tally.add(sum(nats) + encoded.fallbackNats, encoded.ids.length, encoded.characters);
    unseen += encoded.fallback.size;
  }
  const score = tally.score();
  return { ...score, fallbackRate: unseen / score.characters };
}

const sum = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0);
