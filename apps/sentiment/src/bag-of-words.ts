import type { FeatureIndex } from './feature-index.ts';
import type { LinearModel } from './logistic-regression.ts';
import type { TextFeatures } from './text-features.ts';

/** What a bag of words says of a text. */
export interface Opinion {
  /** [C] log odds, up to a constant */
  readonly scores: Float32Array;
  /** [T · C] the part of the scores that each token's features brought, repeated ones included */
  readonly evidence: Float32Array;
}

/** A linear model over a text's features: it sees which there are, not in which order. */
export class BagOfWords {
  readonly index: FeatureIndex;
  /** [features · C] */
  readonly weights: Float32Array;
  /** [C] */
  readonly bias: Float32Array;

  /** The numbers are kept as a file keeps them, so that a saved model says the same. */
  constructor(index: FeatureIndex, { weights, bias }: LinearModel | Pick<BagOfWords, 'weights' | 'bias'>) {
    this.index = index;
    this.weights = Float32Array.from(weights);
    this.bias = Float32Array.from(bias);
  }

  /** @param T how many tokens the text has */
  judge(text: TextFeatures, T: number): Opinion {
    const C = this.bias.length;
    const scores = this.bias.slice();
    const evidence = new Float32Array(T * C);
    const seen = new Set<number>();
    for (const [k, hash] of text.hashes.entries()) {
      const feature = this.index.numberOf(hash);
      if (feature < 0) continue;
      const owner = text.tokens[k] as number;
      const isFirst = !seen.has(feature);
      seen.add(feature);
      for (let c = 0; c < C; c++) {
        const weight = this.weights[feature * C + c] as number;
        if (isFirst) scores[c] = (scores[c] as number) + weight;
        if (owner >= 0) evidence[owner * C + c] = (evidence[owner * C + c] as number) + weight;
      }
    }
    return { scores, evidence };
  }
}
