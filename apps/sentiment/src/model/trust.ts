import { minimize, toProbabilities } from '../baseline/index.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';

/** How much the bag of words and the network are each trusted: logits = bag·prior + network·logits. */
export interface Trust {
  readonly bag: number;
  readonly network: number;
}

/** Texts nobody has learnt from, and what both sides say of them. */
export interface HeldOut {
  readonly texts: readonly Pick<EncodedText, 'prior'>[];
  /** [N · C] of the network */
  readonly logits: Float32Array;
  /** [N] */
  readonly labels: Int32Array;
}

const CUSTOM = 0.5; // where trust begins; few texts do not move it far
const INERTIA = 1;

/**
 * The trust under which held-out texts are least surprising. It also makes probabilities honest, being a temperature for
 * each side (Guo et al. 2017).
 *
 * @param sides.bag false leaves the bag of words no say
 */
export function fitTrust({ texts, logits, labels }: HeldOut, sides: { readonly bag: boolean }): Trust {
  const C = logits.length / labels.length;
  const scores = new Float64Array(C);
  const objective = ([bag = 0, network = 0]: Float64Array, gradient: Float64Array): number => {
    gradient[0] = INERTIA * (bag - CUSTOM);
    gradient[1] = INERTIA * (network - CUSTOM);
    let loss = (INERTIA / 2) * ((bag - CUSTOM) ** 2 + (network - CUSTOM) ** 2);
    for (const [n, label] of labels.entries()) {
      const { prior } = texts[n] as HeldOut['texts'][number];
      for (let c = 0; c < C; c++)
        scores[c] = (sides.bag ? bag : 0) * (prior[c] as number) + network * (logits[n * C + c] as number);
      const own = scores[label] as number;
      loss += toProbabilities(scores) - own;
      for (let c = 0; c < C; c++) {
        const error = (scores[c] as number) - (c === label ? 1 : 0);
        if (sides.bag) gradient[0] += error * (prior[c] as number);
        gradient[1] += error * (logits[n * C + c] as number);
      }
    }
    return loss;
  };
  const x = Float64Array.of(CUSTOM, CUSTOM);
  minimize(objective, x, { iterations: 50, tolerance: 1e-4 });
  const [bag = 0, network = 0] = x;
  return { bag: sides.bag ? bag : 0, network };
}
