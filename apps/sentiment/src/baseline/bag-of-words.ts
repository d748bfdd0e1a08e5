import { FeatureIndex } from './feature-index.ts';
import { fitLogisticRegression } from './logistic-regression.ts';
import { countFeatures, logRatios } from './naive-bayes.ts';
import { SparseRows } from './sparse-rows.ts';
import type { TextFeatures } from './text-features.ts';

export interface BagOfWordsFit {
  /** C */
  readonly classes: number;
  /** In how many texts a feature must occur to be known. */
  readonly minTexts: number;
  /** λ of the ridge on the weights, which stand before the naive Bayes log ratios. */
  readonly penalty: number;
}

/** The numbers of a bag of words, as a file keeps them. */
export interface BagOfWordsNumbers {
  readonly weights: Float32Array; // [features · C]
  readonly bias: Float32Array; //    [C]
}

/**
 * Logistic regression on which features a text has, each scaled by its naive Bayes log ratio: the strongest classifier
 * that knows nothing of order. Source: Wang & Manning 2012.
 */
export class BagOfWords implements BagOfWordsNumbers {
  readonly index: FeatureIndex;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly #seen: Int32Array; // [features] the number of the last text that had it
  #text = 0;

  /** @param labels [texts] */
  static fit(
    texts: readonly TextFeatures[],
    labels: Int32Array,
    { minTexts, ...options }: BagOfWordsFit,
  ): BagOfWords {
    const index = FeatureIndex.of(texts, minTexts);
    const sizes = { ...options, features: index.size };
    const rows = new SparseRows(texts.map((text) => index.row(text)));
    const scales = logRatios(countFeatures(rows, labels, sizes));
    const { weights, bias } = fitLogisticRegression(rows, labels, { ...sizes, scales });
    return new BagOfWords(index, { weights: Float32Array.from(weights), bias: Float32Array.from(bias) });
  }

  constructor(index: FeatureIndex, { weights, bias }: BagOfWordsNumbers) {
    this.index = index;
    this.weights = weights;
    this.bias = bias;
    this.#seen = new Int32Array(index.size);
  }

  /** What it says of a text: log odds up to a constant, [C]. */
  score({ hashes }: TextFeatures): Float32Array {
    const C = this.bias.length;
    const scores = this.bias.slice();
    this.#text++;
    for (const hash of hashes) {
      const feature = this.index.numberOf(hash);
      if (feature < 0 || this.#seen[feature] === this.#text) continue;
      this.#seen[feature] = this.#text;
      for (let c = 0; c < C; c++) scores[c] = (scores[c] as number) + (this.weights[feature * C + c] as number);
    }
    return scores;
  }

  /** The part of the scores that each token's features bring, repeated ones included: [T · C]. */
  evidence({ hashes, tokens }: TextFeatures, T: number): Float32Array {
    const C = this.bias.length;
    const evidence = new Float32Array(T * C);
    for (const [k, hash] of hashes.entries()) {
      const feature = this.index.numberOf(hash);
      const owner = tokens[k] as number;
      if (feature < 0 || owner < 0) continue;
      for (let c = 0; c < C; c++)
        evidence[owner * C + c] = (evidence[owner * C + c] as number) + (this.weights[feature * C + c] as number);
    }
    return evidence;
  }
}
