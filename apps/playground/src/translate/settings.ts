import { CELL_NAMES } from '@unroll/rnn-core';
import type { TranslationTaskConfig } from '@unroll/translate';
import { COMPUTE_SETTINGS } from '../shell/compute.ts';
import { choice, real, type ValuesOf, whole } from '../shell/settings.ts';

/** What the address of the room holds, beside the sentence, the forced prefix and pairs of one's own. */
export const TRANSLATE_SETTINGS = {
  beam: whole(1, 6, 3),
  cell: choice(CELL_NAMES, 'gru'),
  hidden: whole(4, 128, 40),
  steps: whole(10, 5000, 600),
  lr: real(0.0005, 0.05, 0.01),
  seed: whole(0, 9999, 1),
  ...COMPUTE_SETTINGS,
  start: choice(['random', 'loaded'], 'random'),
  pairs: choice(['grammar', 'own'], 'grammar'),
} as const;

export type TranslateSettings = ValuesOf<typeof TRANSLATE_SETTINGS>;

const EMBEDDING_SIZE = 32;

/** The settings as `translate train` has them. */
export const trainingOptions = ({ cell, hidden, lr, seed }: TranslateSettings) =>
  ({
    cell,
    tieWeights: true,
    embeddingSize: EMBEDDING_SIZE,
    hiddenSize: hidden,
    numLayers: 1,
    decoder: 'interleaved',
    decoderHiddenSize: hidden,
    attention: 'general',
    dropout: 0,
    variationalDropout: false,
    labelSmoothing: 0,
    bpeDropout: 0,
    batchTokens: 600,
    gradientAccumulationSteps: 1,
    seed,
    lr,
    gradClip: 0.5,
    beta2: 0.98,
  }) satisfies TranslationTaskConfig;
