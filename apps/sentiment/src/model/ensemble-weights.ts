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

const PRIOR_MEAN = 0.5; // a Gaussian prior, so that few texts do not move the weights far from equal ones
const PRIOR_PRECISION = 10; // as much as about ten texts of an unsure model say

/**
 * Fits the ensemble weights by minimum negative log-likelihood on held-out texts. They also calibrate the probabilities,
 * being an inverse temperature for each component (Guo et al. 2017). Neither is negative: a component that misleads on the
 * held-out texts is left out.
 *
 * @param components.bag false fixes the weight of the bag of words at 0
 */
export function fitEnsembleWeights(
  { texts, logits, labels }: HeldOut,
  components: { readonly bag: boolean },
): EnsembleWeights {
  const minimum = (used: EnsembleMask): EnsembleWeights & { readonly loss: number } => {
    const x = Float64Array.of(PRIOR_MEAN, PRIOR_MEAN);
    const objective = objectiveOf({ texts, logits, labels }, used);
    minimize(objective, x, { iterations: 50, tolerance: 1e-4 });
    const loss = objective(x, new Float64Array(2));
    return { bag: used.bag ? (x[0] as number) : 0, network: used.network ? (x[1] as number) : 0, loss };
  };
  const whole = minimum({ ...components, network: true });
  if (whole.bag >= 0 && whole.network >= 0) return { bag: whole.bag, network: whole.network };
  // The objective is convex, so that its minimum among non-negative weights has a weight of 0.
  const alone = [minimum({ bag: false, network: true }), minimum({ bag: components.bag, network: false })];
  const [best] = alone.filter(({ bag, network }) => bag >= 0 && network >= 0).sort((a, b) => a.loss - b.loss);
  return best && best.bag + best.network > 0 ? { bag: best.bag, network: best.network } : EQUAL;
}

/** Which components have a weight other than 0. */
interface EnsembleMask {
  readonly bag: boolean;
  readonly network: boolean;
}

/** What is left when both components mislead. */
const EQUAL: EnsembleWeights = { bag: PRIOR_MEAN, network: PRIOR_MEAN };

/** The negative log-likelihood with its prior, and its gradient. */
function objectiveOf({ texts, logits, labels }: HeldOut, used: EnsembleMask) {
  const C = logits.length / labels.length;
  const scores = new Float64Array(C);
  return (x: Float64Array, gradient: Float64Array): number => {
    const [bag, network] = [used.bag ? (x[0] as number) : 0, used.network ? (x[1] as number) : 0];
    gradient[0] = used.bag ? PRIOR_PRECISION * (bag - PRIOR_MEAN) : 0;
    gradient[1] = used.network ? PRIOR_PRECISION * (network - PRIOR_MEAN) : 0;
    let loss = (PRIOR_PRECISION / 2) * ((bag - PRIOR_MEAN) ** 2 + (network - PRIOR_MEAN) ** 2);
    for (const [n, label] of labels.entries()) {
      const { bagLogits } = texts[n] as HeldOut['texts'][number];
      for (let c = 0; c < C; c++)
        scores[c] = bag * (bagLogits[c] as number) + network * (logits[n * C + c] as number);
      const target = scores[label] as number;
      loss += softmaxInPlace(scores) - target;
      for (let c = 0; c < C; c++) {
        const error = (scores[c] as number) - (c === label ? 1 : 0);
        if (used.bag) gradient[0] += error * (bagLogits[c] as number);
        if (used.network) gradient[1] += error * (logits[n * C + c] as number);
      }
    }
    return loss;
  };
}
