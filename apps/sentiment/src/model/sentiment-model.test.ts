import { expect, test } from 'vitest';
import { networkConfigs, type SentimentConfig } from './sentiment-model.ts';

const CONFIG: SentimentConfig = {
  vocabSize: 8,
  numClasses: 3,
  tokenFeatures: 4,
  charNgramBuckets: 0,
  embeddingSize: 6,
  convChannels: 0,
  cell: 'gru',
  hiddenSize: 5,
  numLayers: 1,
  bidirectional: true,
  pooling: 'max-mean',
  ensembleSize: 3,
  bagFeatures: 1,
};

const kinds = (config: Partial<SentimentConfig>) =>
  networkConfigs({ ...CONFIG, ...config }).map(({ pooling, tokenFeatures }) => `${pooling} ${tokenFeatures}`);

test('in a mixed ensemble every second network pools by attention and reads no log odds', () => {
  expect(kinds({})).toEqual(['max-mean 4', 'max-mean 4', 'max-mean 4']);
  expect(kinds({ mixedEnsemble: true })).toEqual(['max-mean 4', 'attention 1', 'max-mean 4']);
  expect(kinds({ mixedEnsemble: true, tokenFeatures: 3 })).toEqual(['max-mean 3', 'attention 0', 'max-mean 3']);
});

test('the lexicon is no log odds', () => {
  expect(kinds({ mixedEnsemble: true, tokenFeatures: 1 })).toEqual(['max-mean 1', 'attention 1', 'max-mean 1']);
});
