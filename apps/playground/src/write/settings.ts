import type { CharLmTrainingOptions } from '@unroll/char-lm';
import { CELL_NAMES } from '@unroll/rnn-core';
import { COMPUTE_SETTINGS } from '../shell/compute.ts';
import { choice, real, type ValuesOf, whole } from '../shell/settings.ts';

/** What the address of the room holds. */
export const WRITE_SETTINGS = {
  cell: choice(CELL_NAMES, 'gru'),
  hidden: whole(4, 512, 128),
  layers: whole(1, 3, 1),
  lr: real(0.0001, 0.1, 0.008),
  steps: whole(10, 20_000, 2000),
  seed: whole(0, 2 ** 32 - 1, 1),
  ...COMPUTE_SETTINGS,
  start: choice(['random', 'loaded'], 'random'),
  text: choice(['moby-dick', 'own'], 'moby-dick'),
  axis: choice(['steps', 'seconds'], 'steps'),
  colour: choice(['nll', 'unit'], 'nll'),
  unit: whole(0, 3 * 512 - 1, 0),
} as const;

export type WriteSettings = ValuesOf<typeof WRITE_SETTINGS>;

export const BATCH_SIZE = 16;
export const BPTT = 32;
const EMBEDDING_SIZE = 64;

/** The settings as `char-lm train` has them. */
export const trainingOptions = ({ cell, hidden, layers, lr, seed }: WriteSettings) =>
  ({
    cell,
    hiddenSize: hidden,
    numLayers: layers,
    embeddingSize: EMBEDDING_SIZE,
    tieWeights: false,
    layerNorm: false,
    embeddingDropout: 0,
    dropout: 0,
    weightDropout: 0,
    variationalDropout: false,
    batchSize: BATCH_SIZE,
    bptt: BPTT,
    bpttGrowth: [],
    seed,
    lr,
    gradClip: 0.25,
    beta2: 0.99,
  }) satisfies CharLmTrainingOptions;
