import { FeatureIndex } from './feature-index.ts';
import type { TextFeatures } from './hashing-vectorizer.ts';
import { fitLogisticRegression, maxFeatures } from './logistic-regression.ts';
import { countFeatures, logRatios } from './naive-bayes.ts';
import { SparseRows } from './sparse-rows.ts';

export interface BagOfWordsFitOptions {
  /** C */
  readonly numClasses: number;
  /** The least document frequency of a feature: the number of texts that have it. */
  readonly minDf: number;
  /** λ of the L2 penalty on the weights before they are scaled by the log ratios. */
  readonly l2: number;
}

export interface BagOfWordsWeights {
  readonly weights: Float32Array; // [features · C]
  readonly bias: Float32Array; //    [C]
}

/**
 * Naive Bayes logistic regression (NB-LR): logistic regression over binary features, each scaled by its naive Bayes log
 * ratio. Source: Wang & Manning 2012.
 */
export class BagOfWords implements BagOfWordsWeights {
  readonly index: FeatureIndex;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly #lastText: Int32Array; // [features] the last text that had the feature
  #text = 0;

  /** @param labels [texts] */
  static fit(
    texts: readonly TextFeatures[],
    labels: Int32Array,
    { minDf, ...options }: BagOfWordsFitOptions,
  ): BagOfWords {
    const index = FeatureIndex.of(texts, { minDf, maxFeatures: maxFeatures(options.numClasses) });
    const sizes = { ...options, features: index.size };
    const rows = new SparseRows(texts.map((text) => index.row(text)));
    const scales = logRatios(countFeatures(rows, labels, sizes));
    const { weights, bias } = fitLogisticRegression(rows, labels, { ...sizes, scales });
    return new BagOfWords(index, { weights: Float32Array.from(weights), bias: Float32Array.from(bias) });
  }

  constructor(index: FeatureIndex, { weights, bias }: BagOfWordsWeights) {
    this.index = index;
    this.weights = weights;
    this.bias = bias;
    this.#lastText = new Int32Array(index.size);
  }

  /** Returns the log odds of each class, up to a constant: [C]. */
  logits({ hashes }: TextFeatures): Float32Array {
    const C = this.bias.length;
    const logits = this.bias.slice();
    this.#text++;
    for (const hash of hashes) {
      const feature = this.index.indexOf(hash);
      if (feature < 0 || this.#lastText[feature] === this.#text) continue;
      this.#lastText[feature] = this.#text;
      for (let c = 0; c < C; c++) logits[c] = (logits[c] as number) + (this.weights[feature * C + c] as number);
    }
    return logits;
  }

  /** Returns the sum of the weights of each token's features, repeated features included: [T · C]. */
  contributions({ hashes, tokens }: TextFeatures, T: number): Float32Array {
    const C = this.bias.length;
    const sums = new Float32Array(T * C);
    for (const [k, hash] of hashes.entries()) {
      const feature = this.index.indexOf(hash);
      const token = tokens[k] as number;
      if (feature < 0 || token < 0) continue;
      for (let c = 0; c < C; c++)
        sums[token * C + c] = (sums[token * C + c] as number) + (this.weights[feature * C + c] as number);
    }
    return sums;
  }
}
