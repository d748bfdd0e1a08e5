import { softmaxInPlace } from '../baseline/index.ts';
import type { EnsembleWeights } from '../model/ensemble-weights.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';

/**
 * Returns the probability of each class for each text: [C] each.
 *
 * @param logits [N · C] of the networks
 */
export function ensembleProbabilities(
  { bag, network }: EnsembleWeights,
  texts: readonly Pick<EncodedText, 'bagLogits'>[],
  logits: Float32Array,
): Float64Array[] {
  return texts.map(({ bagLogits }, n) => {
    const C = bagLogits.length;
    const scores = Float64Array.from(bagLogits, (score, c) => bag * score + network * (logits[n * C + c] as number));
    softmaxInPlace(scores);
    return scores;
  });
}

/** Returns the index of the largest value. */
export const argmax = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let c = 1; c < values.length; c++) if ((values[c] as number) > (values[best] as number)) best = c;
  return best;
};
