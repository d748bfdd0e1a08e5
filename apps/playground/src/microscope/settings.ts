import { CELL_NAMES, type CellName } from '@unroll/rnn-core';
import { COMPUTE_SETTINGS } from '../shell/compute.ts';
import { choice, real, type ValuesOf, whole } from '../shell/settings.ts';

/** What the address of the room holds. */
export const MICROSCOPE_SETTINGS = {
  first: choice(CELL_NAMES, 'rnn'),
  second: choice(CELL_NAMES, 'lstm'),
  third: choice(CELL_NAMES, 'gru'),
  delay: whole(2, 60, 20),
  hidden: whole(4, 64, 24),
  steps: whole(50, 5000, 800),
  lr: real(0.0005, 0.05, 0.005),
  seed: whole(0, 9999, 1),
  ...COMPUTE_SETTINGS,
  start: choice(['random', 'loaded'], 'random'),
} as const;

export type MicroscopeSettings = ValuesOf<typeof MICROSCOPE_SETTINGS>;

/** The names of the settings that say which cells compete. */
export const PLACES = ['first', 'second', 'third'] as const;

/** The settings that decide what the networks are: those of their folder's `config.json`, where the size is `hiddenSize`. */
export const NETWORKS = [...PLACES, 'delay', 'hidden'] as const;

/** What the three networks are, and what they are for. */
export type RaceConfig = Pick<MicroscopeSettings, (typeof NETWORKS)[number]>;

export const cellsOf = (settings: RaceConfig): readonly CellName[] => PLACES.map((place) => settings[place]);
