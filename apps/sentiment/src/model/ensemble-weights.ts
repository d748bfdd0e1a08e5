import { minimize, softmaxInPlace } from '../baseline/index.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';

/** The weights of the two components: logits = bag·bagLogits + network·networkLogits. */
export interface EnsembleWeights {
  readonly bag: number;
  readonly network: number;
}

/** Held-out texts with the logits of both components. */
export interface HeldOut {
  readonly texts: readonly Pick<EncodedText, 'bagLogits'>[];
  /** [N · C] of the network */
  readonly logits: Float32Array;
  /** [N] */
  readonly labels: Int32Array;
}

const PRIOR_MEAN = 0.5; // a Gaussian prior, so that few texts do not move the weights far
const PRIOR_PRECISION = 1;

/**
 * Fits the ensemble weights by minimum negative log-likelihood on held-out texts. They also calibrate the probabilities,
 * being an inverse temperature for each component (Guo et al. 2017).
 *
 * @param components.bag false fixes the weight of the bag of words at 0
 */
export function fitEnsembleWeights(
  { texts, logits, labels }: HeldOut,
  components: { readonly bag: boolean },
): EnsembleWeights {
  const C = logits.length / labels.length;
  const scores = new Float64Array(C);
  const objective = ([bag = 0, network = 0]: Float64Array, gradient: Float64Array): number => {
    gradient[0] = PRIOR_PRECISION * (bag - PRIOR_MEAN);
    gradient[1] = PRIOR_PRECISION * (network - PRIOR_MEAN);
    let loss = (PRIOR_PRECISION / 2) * ((bag - PRIOR_MEAN) ** 2 + (network - PRIOR_MEAN) ** 2);
    for (const [n, label] of labels.entries()) {
      const { bagLogits } = texts[n] as HeldOut['texts'][number];
      for (let c = 0; c < C; c++)
        scores[c] = (components.bag ? bag : 0) * (bagLogits[c] as number) + network * (logits[n * C + c] as number);
      const target = scores[label] as number;
      loss += softmaxInPlace(scores) - target;
      for (let c = 0; c < C; c++) {
        const error = (scores[c] as number) - (c === label ? 1 : 0);
        if (components.bag) gradient[0] += error * (bagLogits[c] as number);
        gradient[1] += error * (logits[n * C + c] as number);
      }
    }
    return loss;
  };
  const x = Float64Array.of(PRIOR_MEAN, PRIOR_MEAN);
  minimize(objective, x, { iterations: 50, tolerance: 1e-4 });
  const [bag = 0, network = 0] = x;
  return { bag: components.bag ? bag : 0, network };
}
