import { type Backend, Tape } from '@unroll/rnn-core';
import { lengthBuckets, pad } from '@unroll/text';
import { toProbabilities } from '../baseline/index.ts';
import type { SentimentModel } from '../model/sentiment-model.ts';
import type { Trust } from '../model/trust.ts';
import type { EncodedText, TokenText } from '../tokenizer/encoded-text.ts';
import { Readings } from './readings.ts';

const MAX_TEXTS = 256; // whose words are read together
const MAX_PLACES = 16_384; // of those, padding included
const BATCH = 32; // texts: what a layer makes of so many sentences stays in a core's cache

/** {@link logitsOf} once, for a model that goes on learning. */
export function networkLogits(model: SentimentModel, backend: Backend, texts: readonly TokenText[]): Float32Array {
  using readings = new Readings(model, backend);
  return logitsOf(model, readings, texts);
}

/**
 * The mean of the networks' logits for each text, without dropout: [N · C].
 *
 * @param readings of this model; it remembers the words of these texts too
 */
export function logitsOf(model: SentimentModel, readings: Readings, texts: readonly TokenText[]): Float32Array {
  const { classes: C, members } = model.shape;
  const logits = new Float32Array(texts.length * C);
  const groups = lengthBuckets(
    texts.map(({ ids }) => ids.length),
    { examples: MAX_TEXTS, places: MAX_PLACES },
  );
  for (const group of groups) {
    const rows = readings.rowsOf(Array.from(group, (k) => texts[k] as TokenText));
    for (let from = 0; from < group.length; from += BATCH) {
      const { T, B, ids, lengths } = pad(rows.slice(from, from + BATCH));
      for (const [k, member] of model.members.entries()) {
        using tape = new Tape(readings.backend, { record: false });
        const numbers = member.judge(readings.of(k), tape.ids(ids, [T, B]), lengths).view();
        for (let b = 0; b < B; b++)
          for (let c = 0; c < C; c++) {
            const at = (group[from + b] as number) * C + c;
            logits[at] = (logits[at] as number) + (numbers[b * C + c] as number) / members;
          }
      }
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
