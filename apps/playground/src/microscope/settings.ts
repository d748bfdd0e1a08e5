import { real, type ValuesOf, whole } from '../shell/settings.ts';

/** What the address of the room holds. */
export const MICROSCOPE_SETTINGS = {
  delay: whole(2, 60, 20),
  hidden: whole(4, 64, 24),
  steps: whole(50, 5000, 800),
  lr: real(0.0005, 0.05, 0.005),
  seed: whole(0, 9999, 1),
  threads: whole(0, 64, 0),
} as const;

export type MicroscopeSettings = ValuesOf<typeof MICROSCOPE_SETTINGS>;

/** In the order of their discovery, and of their colours. */
export const CELLS = ['rnn', 'lstm', 'gru'] as const;
export type CompetingCell = (typeof CELLS)[number];
