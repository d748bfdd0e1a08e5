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

/** A Gaussian prior of the weights, so that few texts do not move them far. */
export interface EnsemblePrior {
  readonly mean: EnsembleWeights;
  /** As much as so many texts of an unsure model say. */
  readonly precision: number;
}

/**
 * Chosen on 30 to 1,000 texts of five data sets: apps/sentiment/bench/ensemble-prior.ts compares it with others. Networks
 * that have learnt few texts by heart are too sure of themselves.
 */
export const PRIOR: EnsemblePrior = { mean: { bag: 0.7, network: 0.2 }, precision: 20 };
const NETWORK_ALONE: EnsemblePrior = { ...PRIOR, mean: { bag: 0, network: 0.5 } };

/**
 * Fits the ensemble weights by minimum negative log-likelihood on held-out texts. They also calibrate the probabilities,
 * being an inverse temperature for each component (Guo et al. 2017). Neither is negative: a component that misleads on the
 * held-out texts is left out.
 *
 * @param components.bag false fixes the weight of the bag of words at 0
 * @param prior by default {@link PRIOR}, or that of a network alone
 */
export function fitEnsembleWeights(
  { texts, logits, labels }: HeldOut,
  components: { readonly bag: boolean },
  prior: EnsemblePrior = components.bag ? PRIOR : NETWORK_ALONE,
): EnsembleWeights {
  const minimum = (used: EnsembleMask): EnsembleWeights & { readonly loss: number } => {
    const x = Float64Array.of(prior.mean.bag, prior.mean.network);
    const objective = objectiveOf({ texts, logits, labels }, used, prior);
    minimize(objective, x, { iterations: 50, tolerance: 1e-4 });
    const loss = objective(x, new Float64Array(2));
    return { bag: used.bag ? (x[0] as number) : 0, network: used.network ? (x[1] as number) : 0, loss };
  };
  const whole = minimum({ ...components, network: true });
  if (whole.bag >= 0 && whole.network >= 0) return { bag: whole.bag, network: whole.network };
  // The objective is convex, so that its minimum among non-negative weights has a weight of 0.
  const alone = [minimum({ bag: false, network: true }), minimum({ bag: components.bag, network: false })];
  const [best] = alone.filter(({ bag, network }) => bag >= 0 && network >= 0).sort((a, b) => a.loss - b.loss);
  return best && best.bag + best.network > 0 ? { bag: best.bag, network: best.network } : prior.mean; // where both mislead
}

/** Which components have a weight other than 0. */
interface EnsembleMask {
  readonly bag: boolean;
  readonly network: boolean;
}

/** The negative log-likelihood with its prior, and its gradient. */
function objectiveOf({ texts, logits, labels }: HeldOut, used: EnsembleMask, { mean, precision }: EnsemblePrior) {
  const C = logits.length / labels.length;
  const scores = new Float64Array(C);
  return (x: Float64Array, gradient: Float64Array): number => {
    const [bag, network] = [used.bag ? (x[0] as number) : 0, used.network ? (x[1] as number) : 0];
    gradient[0] = used.bag ? precision * (bag - mean.bag) : 0;
    gradient[1] = used.network ? precision * (network - mean.network) : 0;
    let loss = (precision / 2) * ((bag - mean.bag) ** 2 + (network - mean.network) ** 2);
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
