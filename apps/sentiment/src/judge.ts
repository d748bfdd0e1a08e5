import { type Backend, Tape } from '@unroll/rnn-core';
import { lengthBuckets } from '@unroll/text';
import type { EncodedText } from './encoded-text.ts';
import type { SentimentModel } from './sentiment-model.ts';
import { tokenBatch } from './token-batch.ts';
import { type Trust, toProbabilities } from './trust.ts';

const MAX_TEXTS = 256; // of a batch
const MAX_PLACES = 16_384; // of a batch, padding included

/** The mean of the networks' logits for each text, without dropout: [N · C]. */
export function networkLogits(model: SentimentModel, backend: Backend, texts: readonly EncodedText[]): Float32Array {
  const { classes: C, buckets, members } = model.shape;
  const logits = new Float32Array(texts.length * C);
  const lengths = texts.map(({ ids }) => ids.length);
  for (const places of lengthBuckets(lengths, { examples: MAX_TEXTS, places: MAX_PLACES })) {
    using _tape = new Tape(backend, { record: false });
    const batch = tokenBatch(
      Array.from(places, (k) => texts[k] as EncodedText),
      buckets,
    );
    for (const said of model.forward(batch)) {
      const numbers = said.view();
      for (const [b, k] of places.entries())
        for (let c = 0; c < C; c++)
          logits[k * C + c] = (logits[k * C + c] as number) + (numbers[b * C + c] as number) / members;
    }
  }
  return logits;
}

/**
 * The probability of each class for each text, [C] a text.
 *
 * @param logits [N · C] of the network
 */
export function verdicts(
  { bag, network }: Trust,
  texts: readonly Pick<EncodedText, 'prior'>[],
  logits: Float32Array,
): Float64Array[] {
  return texts.map(({ prior }, n) => {
    const C = prior.length;
    const scores = Float64Array.from(prior, (score, c) => bag * score + network * (logits[n * C + c] as number));
    toProbabilities(scores);
    return scores;
  });
}

/** Which class is likeliest. */
export const decision = (probabilities: ArrayLike<number>): number => {
  let best = 0;
  for (let c = 1; c < probabilities.length; c++)
    if ((probabilities[c] as number) > (probabilities[best] as number)) best = c;
  return best;
};
