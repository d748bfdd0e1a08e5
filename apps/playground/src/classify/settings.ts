import { CELL_NAMES } from '@unroll/rnn-core';
import type { SentimentTrainingOptions } from '@unroll/sentiment';
import { COMPUTE_SETTINGS } from '../shell/compute.ts';
import { choice, real, type ValuesOf, whole } from '../shell/settings.ts';

/** What the address of the room holds, beside the sentence and the examples. */
export const CLASSIFY_SETTINGS = {
  cell: choice(CELL_NAMES, 'gru'),
  hidden: whole(2, 64, 16),
  steps: whole(10, 10_000, 120),
  lr: real(0.0005, 0.1, 0.01),
  seed: whole(0, 9999, 1),
  ...COMPUTE_SETTINGS,
  start: choice(['random', 'loaded'], 'random'),
} as const;

export type ClassifySettings = ValuesOf<typeof CLASSIFY_SETTINGS>;

/** The settings as `sentiment train` has them. */
export const trainingOptions = ({ cell, hidden, lr, seed }: ClassifySettings) =>
  ({
    seed,
    lr,
    batchSize: 16,
    cell,
    hiddenSize: hidden,
    numLayers: 1,
    bidirectional: true,
    pooling: 'max-mean',
    convChannels: 0,
    embeddingSize: 24,
    charNgramBuckets: 1000,
    ensembleSize: 1,
    freezeVectors: false,
    bagOfWords: true,
    embeddingDropout: 0.2,
    dropout: 0.2,
    wordDropout: 0.1,
    labelSmoothing: 0.05,
    classWeight: 'balanced',
    gradClip: 1,
    beta2: 0.99,
  }) satisfies SentimentTrainingOptions & { lr: number; gradClip: number; beta2: number };
