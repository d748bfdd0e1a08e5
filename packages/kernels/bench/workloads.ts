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

const TWO_LAYERS = { V: 65, E: 128, H: 512, L: 2, B: 32, T: 128 } as const;
const ONE_TEXT = { ...TWO_LAYERS, B: 1, T: 1024 } as const;

/** The cells without a recurrent product beside an LSTM of their size: training, and evaluating one long text. */
const WITHOUT_RECURRENT_PRODUCT = {
  LSTM: { ...TWO_LAYERS, cell: 'lstm' },
  minGRU: { ...TWO_LAYERS, cell: 'mingru' },
  minLSTM: { ...TWO_LAYERS, cell: 'minlstm' },
  SRU: { ...TWO_LAYERS, cell: 'sru' },
  'LSTM B 1': { ...ONE_TEXT, cell: 'lstm' },
  'minGRU B 1': { ...ONE_TEXT, cell: 'mingru' },
  'minLSTM B 1': { ...ONE_TEXT, cell: 'minlstm' },
  'SRU B 1': { ...ONE_TEXT, cell: 'sru' },
} as const;

/** The sizes that every peer is measured on, those of the scaling, and those of the cells. */
export const CHAR_MODELS = {
  W1,
  W2: { cell: 'lstm', V: 65, E: 128, H: 512, L: 2, B: 64, T: 128 },
  W3: { cell: 'lstm', V: 205, E: 256, H: 1024, L: 1, B: 32, T: 64 },
  W4rnn: { cell: 'rnn', V: 65, E: 64, H: 128, L: 1, B: 32, T: 64 },
  W4gru: { cell: 'gru', V: 65, E: 64, H: 128, L: 1, B: 32, T: 64 },
  ...SCALED,
  ...WITHOUT_RECURRENT_PRODUCT,
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

/** What `--cells` measures; the first of each mode is what the others are compared with. */
export const CELLS = {
  train: ['LSTM', 'minGRU', 'minLSTM', 'SRU'],
  infer: ['LSTM B 1', 'minGRU B 1', 'minLSTM B 1', 'SRU B 1'],
} as const satisfies Partial<Record<Mode, readonly Workload[]>>;
