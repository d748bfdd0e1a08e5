/** The linear baseline: everything that classifies a text without a network. */
export {
  BagOfWords,
  type BagOfWordsFitOptions,
  type BagOfWordsWeights,
} from './bag-of-words.ts';
export { type Baseline, type Baselines, type BaselineTexts, baselines } from './baselines.ts';
export { characterNgrams } from './character-ngrams.ts';
export { FeatureIndex } from './feature-index.ts';
export { HashingVectorizer, type TextFeatures, type VectorizerConfig } from './hashing-vectorizer.ts';
export { minimize } from './lbfgs.ts';
export { valences } from './lexicon.ts';
export { softmaxInPlace } from './softmax.ts';
