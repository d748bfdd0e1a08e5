const W1 = { cell: 'lstm', V: 65, E: 64, H: 128, L: 1, B: 32, T: 64 } as const;

/** W1 with windows and batches of other sizes: its cost must be linear in both, tokens a second the same. */
const SCALED = {
  'W1 T 16': { ...W1, T: 16 },
  'W1 T 256': { ...W1, T: 256 },
  'W1 T 1024': { ...W1, T: 1024 },
  'W1 B 8': { ...W1, B: 8 },
  'W1 B 128': { ...W1, B: 128 },
  'W1 B 512': { ...W1, B: 512 },
} as const;

/** The sizes that every peer is measured on, and those of the scaling. */
export const CHAR_MODELS = {
  W1,
  W2: { cell: 'lstm', V: 65, E: 128, H: 512, L: 2, B: 64, T: 128 },
  W3: { cell: 'lstm', V: 205, E: 256, H: 1024, L: 1, B: 32, T: 64 },
  W4rnn: { cell: 'rnn', V: 65, E: 64, H: 128, L: 1, B: 32, T: 64 },
  W4gru: { cell: 'gru', V: 65, E: 64, H: 128, L: 1, B: 32, T: 64 },
  ...SCALED,
} as const;

/** Sentiment: a bidirectional LSTM over padded reviews, two classes. */
export const SENTIMENT = { V: 20_000, E: 300, H: 256, B: 64, shortest: 10, longest: 40 } as const;

/** Translation: a bidirectional GRU encoder, a GRU decoder, attention after it (dot) or before each step (additive). */
export const TRANSLATION = { V: 8000, E: 256, H: 256, D: 512, B: 64, S: 15, T: 15 } as const;

/** Sampling one character at a time takes the models of W1 and W2. */
export const SAMPLED = { W7a: 'W1', W7b: 'W2' } as const;

export type CharWorkload = keyof typeof CHAR_MODELS;
export type SampledWorkload = keyof typeof SAMPLED;
export type Workload = CharWorkload | 'W5' | 'W6dot' | 'W6additive' | SampledWorkload;
export type Mode = 'train' | 'infer' | 'sample';

export const WORKLOADS: readonly Workload[] = [
  'W1',
  'W2',
  'W3',
  'W4rnn',
  'W4gru',
  'W5',
  'W6dot',
  'W6additive',
  'W7a',
  'W7b',
];

export const modesOf = (workload: Workload): readonly Mode[] =>
  workload.startsWith('W7') ? ['sample'] : ['train', 'infer'];

export const SCALING: readonly Workload[] = ['W1', ...(Object.keys(SCALED) as (keyof typeof SCALED)[])];
