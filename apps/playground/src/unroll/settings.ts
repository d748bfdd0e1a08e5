import { CELL_NAMES } from '@unroll/rnn-core';
import { COMPUTE_SETTINGS } from '../shell/compute.ts';
import { choice, real, type ValuesOf, whole } from '../shell/settings.ts';
import { SHAPES } from './shapes.ts';

/** What the address of the room holds. */
export const UNROLL_SETTINGS = {
  shape: choice(SHAPES, 'many-to-one'),
  cell: choice(CELL_NAMES, 'rnn'),
  length: whole(3, 12, 8),
  hidden: whole(2, 10, 6),
  steps: whole(1, 20_000, 50),
  lr: real(0.001, 0.1, 0.02),
  seed: whole(0, 9999, 1),
  ...COMPUTE_SETTINGS,
  start: choice(['random', 'loaded'], 'random'),
  example: whole(0, 9999, 1),
  direction: choice(['forward', 'backward'], 'forward'),
  t: whole(1, 12, 1),
  unit: whole(0, 9, 0),
} as const;

export type UnrollSettings = ValuesOf<typeof UNROLL_SETTINGS>;

/** The settings of what is shown of a network. */
export const SHOWN_ONLY = ['example', 'direction', 't', 'unit'] as const;

/** The settings that decide what a network is: those of its folder's `config.json`, where the size is `hiddenSize`. */
export const NETWORK = ['shape', 'cell', 'length', 'hidden'] as const;
