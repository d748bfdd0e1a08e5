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
  /** Divides the features of a text by the square root of their number, so that long texts have no larger logits. */
  readonly normalize: boolean;
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
  readonly normalize: boolean;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly #lastText: Int32Array; // [features] the last text that had the feature
  #text = 0;

  /**
   * Fits a bag of words to all texts, and others of which number k mod `folds` has not seen text k.
   *
   * @param labels [texts]
   * @param folds the number of those others; 0 for none
   */
  static fit(
    texts: readonly TextFeatures[],
    labels: Int32Array,
    options: BagOfWordsFitOptions,
    folds = 0,
  ): { readonly bag: BagOfWords; readonly outOfFold: readonly BagOfWords[] } {
    const { minDf, numClasses } = options;
    const index = FeatureIndex.of(texts, { minDf, maxFeatures: maxFeatures(numClasses) });
    const rows = texts.map((text) => index.row(text));
    const lexicon = featuresOfText(index, texts);
    const outOfFold = Array.from({ length: folds }, (_, fold) => {
      const isOutside = (_: unknown, k: number): boolean => k % folds !== fold;
      return fitRows({ index, lexicon }, rows.filter(isOutside), labels.filter(isOutside), options);
    });
    return { bag: fitRows({ index, lexicon }, rows, labels, options), outOfFold };
  }

  constructor(index: FeatureIndex, { weights, bias }: BagOfWordsWeights, normalize: boolean) {
    this.index = index;
    this.normalize = normalize;
    this.weights = weights;
    this.bias = bias;
    this.#lastText = new Int32Array(index.size);
  }

  /** Returns the log odds of each class, up to a constant: [C]. */
  logits({ hashes }: TextFeatures): Float32Array {
    const C = this.bias.length;
    const features = this.#featuresOf(hashes);
    const scale = this.#scaleOf(features);
    const logits = this.bias.slice();
    for (const feature of features)
      for (let c = 0; c < C; c++)
        logits[c] = (logits[c] as number) + scale * (this.weights[feature * C + c] as number);
    return logits;
  }

  /** Returns the sum of the weights of each token's features, repeated features included: [T · C]. */
  contributions({ hashes, tokens }: TextFeatures, T: number): Float32Array {
    const C = this.bias.length;
    const sums = new Float32Array(T * C);
    const scale = this.normalize ? this.#scaleOf(this.#featuresOf(hashes)) : 1;
    for (const [k, hash] of hashes.entries()) {
      const feature = this.index.indexOf(hash);
      const token = tokens[k] as number;
      if (feature < 0 || token < 0) continue;
      for (let c = 0; c < C; c++)
        sums[token * C + c] = (sums[token * C + c] as number) + scale * (this.weights[feature * C + c] as number);
    }
    return sums;
  }

  /** The known features of a text, each once. */
  #featuresOf(hashes: Int32Array): Int32Array {
    const features = new Int32Array(hashes.length);
    let count = 0;
    this.#text++;
    for (const hash of hashes) {
      const feature = this.index.indexOf(hash);
      if (feature < 0 || this.#lastText[feature] === this.#text) continue;
      this.#lastText[feature] = this.#text;
      features[count++] = feature;
    }
    return features.subarray(0, count);
  }

  #scaleOf({ length }: Int32Array): number {
    return this.normalize && length > 0 ? 1 / Math.sqrt(length) : 1;
  }
}

const MANY_TEXTS = 300; // from which on the lexicon's features are penalised as those of words

/** The features of a whole text rather than of a token: those of the lexicon. They are so few that the first texts have them. */
const featuresOfText = (index: FeatureIndex, texts: readonly TextFeatures[]): ReadonlySet<number> =>
  new Set(
    texts
      .slice(0, MANY_TEXTS)
      .flatMap(({ hashes, tokens }) => Array.from(hashes).filter((_, k) => (tokens[k] as number) < 0))
      .map((hash) => index.indexOf(hash)),
  );

/**
 * Fits the weights to rows of an index of at least their features; those of features in fewer than `minDf` rows are 0. Where the
 * rows are few, the features of the lexicon, which knows words that they lack, are penalised less.
 */
function fitRows(
  { index, lexicon }: { readonly index: FeatureIndex; readonly lexicon: ReadonlySet<number> },
  rows: readonly Int32Array[],
  labels: Int32Array,
  { minDf, normalize, ...options }: BagOfWordsFitOptions,
): BagOfWords {
  const { numClasses: C } = options;
  const df = new Int32Array(index.size);
  for (const row of rows) for (const feature of row) df[feature] = (df[feature] as number) + 1;
  const positions = new Int32Array(index.size); // of the frequent features among them, from 1
  let features = 0;
  for (const [feature, count] of df.entries()) if (count >= minDf) positions[feature] = ++features;
  const frequent = new SparseRows(
    rows.map((row) => row.map((feature) => (positions[feature] as number) - 1).filter((position) => position >= 0)),
  );
  const sizes = { ...options, features };
  const scales = logRatios(countFeatures(frequent, labels, sizes));
  const factor = Math.max(1, Math.sqrt(MANY_TEXTS / rows.length));
  for (const [feature, position] of positions.entries())
    if (position > 0 && lexicon.has(feature))
      for (let c = 0; c < C; c++)
        scales[(position - 1) * C + c] = factor * (scales[(position - 1) * C + c] as number);
  // Near 1, so that a penalty is as strong with them as without.
  const unit = normalize ? Math.sqrt(rows.reduce((sum, { length }) => sum + length, 0) / rows.length) : 1;
  const rowScales = Float64Array.from(rows, ({ length }) => (normalize && length > 0 ? unit / Math.sqrt(length) : 1));
  const fitted = fitLogisticRegression(frequent, labels, { ...sizes, scales, rowScales });
  const weights = new Float32Array(index.size * C);
  for (const [feature, position] of positions.entries())
    if (position > 0)
      for (let c = 0; c < C; c++)
        weights[feature * C + c] = unit * (fitted.weights[(position - 1) * C + c] as number);
  return new BagOfWords(index, { weights, bias: Float32Array.from(fitted.bias) }, normalize);
}
