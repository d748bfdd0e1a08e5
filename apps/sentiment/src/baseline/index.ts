/** The linear baseline: everything that classifies a text without a network. */
export { BagOfWords, type BagOfWordsFit, type BagOfWordsNumbers } from './bag-of-words.ts';
export { type Baseline, baselines } from './baselines.ts';
export { characterNgrams } from './character-ngrams.ts';
export { FeatureIndex } from './feature-index.ts';
export { minimize } from './lbfgs.ts';
export { valences } from './lexicon.ts';
export { toProbabilities } from './softmax.ts';
export { type FeatureKinds, FeatureReader, type TextFeatures } from './text-features.ts';
