import { BagOfWords, type Opinion } from './bag-of-words.ts';
import { FeatureIndex } from './feature-index.ts';
import { fitLogisticRegression } from './logistic-regression.ts';
import { countFeatures, logRatios } from './naive-bayes.ts';
import { SparseRows } from './sparse-rows.ts';
import type { TextFeatures } from './text-features.ts';

export interface BagOfWordsOptions {
  /** C */
  readonly classes: number;
  /** In how many texts a feature must occur to be known. */
  readonly minTexts: number;
  /** λ of the ridge on the weights, which stand before the naive Bayes log ratios. */
  readonly penalty: number;
}

/** A text that was judged by a person: its features, how many tokens it has, its class. */
export interface JudgedText {
  readonly features: TextFeatures;
  readonly T: number;
  readonly label: number;
}

/**
 * Logistic regression on which features a text has, each scaled by its naive Bayes log ratio: the strongest classifier
 * that knows nothing of order. Source: Wang & Manning 2012.
 */
export function fitBagOfWords(
  texts: readonly JudgedText[],
  { classes, minTexts, penalty }: BagOfWordsOptions,
): BagOfWords {
  const index = FeatureIndex.of(
    texts.map(({ features }) => features),
    minTexts,
  );
  const rows = new SparseRows(texts.map(({ features }) => index.row(features)));
  const labels = Int32Array.from(texts, ({ label }) => label);
  const features = index.size;
  const scales = logRatios(countFeatures(rows, labels, { features, classes }));
  return new BagOfWords(index, fitLogisticRegression(rows, labels, { features, classes, penalty, scales }));
}

/**
 * What bags of words say of texts they were not fitted on: each of `folds` parts is judged by one fitted on the others. So
 * the opinions on the training texts are as fallible as those on new ones will be, and something can be learnt from them.
 *
 * @param order decides the folds: text order[k] belongs to fold k mod folds
 */
export function outOfFoldOpinions(
  texts: readonly JudgedText[],
  { order, folds, ...options }: BagOfWordsOptions & { readonly order: Int32Array; readonly folds: number },
): Opinion[] {
  const opinions = new Array<Opinion>(texts.length);
  const at = (k: number): JudgedText => texts[k] as JudgedText;
  for (let fold = 0; fold < folds; fold++) {
    const bag = fitBagOfWords(
      Array.from(
        order.filter((_, place) => place % folds !== fold),
        at,
      ),
      options,
    );
    for (const k of order.filter((_, place) => place % folds === fold))
      opinions[k] = bag.judge(at(k).features, at(k).T);
  }
  return opinions;
}
