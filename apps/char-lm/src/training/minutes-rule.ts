import type { CellName, LearnerOptions } from '@unroll/rnn-core';

/** What the settings of a training by `--minutes` follow from. */
export interface Circumstances {
  /** n, the ids of the training text. */
  readonly length: number;
  /** D, the ids that a model of {@link MEASURED_SETTINGS} reads in the time there is. */
  readonly reads: number;
}

/** The settings that `--minutes` decides. */
export interface MinutesSettings {
  readonly cell: CellName;
  /** H */
  readonly hiddenSize: number;
  readonly embeddingSize: number;
  readonly tieWeights: boolean;
  readonly block: boolean;
  readonly numLayers: number;
  readonly batchSize: number;
  readonly bptt: number;
  readonly bpttGrowth: number[];
  readonly optimizer: NonNullable<LearnerOptions['optimizer']>;
  readonly lr: number;
  readonly lrSchedule: NonNullable<LearnerOptions['lrSchedule']>;
  readonly warmupRatio: number;
  readonly gradClip: number;
  readonly dropout: number;
  readonly weightDecay: number;
  readonly ensembleSize: number;
}

/** What decides how many weights a model has. */
export type ModelSize = Pick<MinutesSettings, 'cell' | 'block' | 'numLayers' | 'hiddenSize'>;

/** What has no influence on the size, or hardly any. */
const COMMON = {
  cell: 'gru',
  tieWeights: true,
  block: false,
  numLayers: 1,
  bptt: 32,
  lrSchedule: 'linear',
  warmupRatio: 0.05,
  gradClip: 0.25,
} as const;
const BPTT_GROWTH = 0.75; // a short window first, for many cheap updates
const MEAN_GROWTH = 2 - BPTT_GROWTH; // of the window, in the mean over the steps

/** With which settings the speed of a machine is measured, before the size is chosen. */
export const MEASURED_SETTINGS = { ...COMMON, hiddenSize: 256, batchSize: 16, optimizer: 'adam' } as const;

/**
 * The fitted numbers, with s = log₂(D / 2²⁴) and t = log₂(n / 2²⁰):
 *
 *     log₂ H  = size[0] + size[1]·s + size[2]·t, with t of {@link LONGEST} for a longer text
 *     dropout = dropout[0] + dropout[1]·log₂(epochs · weights / n), see {@link learntFor}; less with Muon, see {@link MUON}
 *
 * `npm run -s minutes-rule -w apps/char-lm -- fit` prints them from the runs in `bench/minutes-rule/runs.jsonl`, and as a fourth number of
 * the size what is added to log₂ H in the runs with Adam in float32.
 */
export const COEFFICIENTS = { size: [8.76, 0.33, -0.15], dropout: [-0.23, 0.11] } as const;

/** Ids of the longest text that was fitted. */
const LONGEST = 10.5e6;

/** Of blocks, which are several and smaller. */
const BLOCKS = {
  numLayers: 3,
  units: 0.85, // of those of a GRU
  reads: 0.7, // times what they would read if their speed fell with the square of their size
  decay: [0.15, 0.14], // in place of that of MUON
} as const;

/** In H², of the matrices of one layer: those of the cell, and in a block those of its gate and its projection. */
const WEIGHTS: Record<CellName, number> = { rnn: 2, gru: 6, lstm: 8, slstm: 8, mingru: 2, minlstm: 3, sru: 3 };
const BLOCK_WEIGHTS = 2;

const SIZES = { least: 32, most: 2048, multiple: 32 };
const MOST_WEIGHTS = 13.5; // times n: a short text cannot teach a large network, however often it is read
const MOST_DROPOUT = 0.6;
const BATCHES = { least: 16, most: 256 };
const STEPS = 4000; // about so many: a larger batch is worth more than more steps
const BY_HEART = 6; // see learntFor: from here on AdamW with much dropout is better than Muon

/** Fewer and larger steps than with Adam, since each costs a little more and gains more. */
const MUON = {
  batchSize: 64, // where so many ids are read; it grows with their square root
  reads: 5e6,
  lr: 2, // times that of Adam, where weights decay
  decay: [0, 0.12], // weight decay = decay[0] + decay[1]·{@link learntFor}
  leastDecay: 0.15,
  mostDecay: 1,
  lessDropout: 0.2, // than Adam, since the weights decay
} as const;

const ADAMW = {
  learnt: 3.7, // see learntFor: from about here weight decay helps, at 3.2 it hurt a little
  decay: 2, // weight decay times the peak learning rate and the number of steps
  leastSteps: 100, // that the decay is divided by, so that no step shrinks a weight by much
} as const;

/** One network where {@link learntFor} of one is so much, twice as many for each `doubling` more. */
const ENSEMBLE = { one: 1, doubling: 3.4, most: 8 } as const;

const MOST_OF_TEXT = 1 / 8; // of the text at most is in one batch, so that a short one makes several

/**
 * The settings of a training by `--minutes`, by a rule that was fitted on runs.
 *
 * @param given settings that are fixed; the others follow them
 */
export function minutesRule(circumstances: Circumstances, given: Partial<MinutesSettings> = {}): MinutesSettings {
  const { ensembleSize = networksFor(circumstances, given) } = given;
  return settingsOf(circumstances, { ...given, ensembleSize });
}

/** The settings where the number of networks is given. */
function settingsOf(
  { length, reads: measuredReads }: Circumstances,
  given: Partial<MinutesSettings> & Pick<MinutesSettings, 'ensembleSize'>,
): MinutesSettings {
  const { cell = COMMON.cell, block = COMMON.block, ensembleSize } = given;
  const { numLayers = block ? BLOCKS.numLayers : COMMON.numLayers } = given;
  const reads = ((block ? BLOCKS.reads : 1) * measuredReads) / ensembleSize; // of each network
  const tiedSize = given.tieWeights || block ? given.embeddingSize : undefined;
  const mostUnits = Math.sqrt((MOST_WEIGHTS * length) / weightsPerSquare({ cell, block, numLayers }));
  const hiddenSize = given.hiddenSize ?? tiedSize ?? sizeFor(length, reads, block ? BLOCKS.units : 1, mostUnits);
  const model = { cell, block, numLayers, hiddenSize };
  const embeddingSize = given.embeddingSize ?? hiddenSize;
  const tieWeights = embeddingSize === hiddenSize;
  const bptt = Math.max(1, Math.min(COMMON.bptt, Math.floor(length * MOST_OF_TEXT)));
  const read = Math.min(readsOf(hiddenSize, reads), mostEpochs(model, length) * length);
  const learnt = learntFor(model, length, reads);
  const { optimizer = learnt < BY_HEART || block ? 'muon' : 'adamw' } = given;
  const isMuon = optimizer === 'muon';
  const batch = batchFor(readsOf(hiddenSize, reads), isMuon);
  const batchSize = Math.max(1, Math.min(batch, Math.floor((length * MOST_OF_TEXT) / bptt)));
  const lr = given.lr ?? lrFor(hiddenSize, isMuon && given.weightDecay !== 0 ? MUON.lr : 1);
  const steps = read / ((given.batchSize ?? batchSize) * (given.bptt ?? bptt) * MEAN_GROWTH);
  const weightDecays: Partial<Record<typeof optimizer, number>> = {
    adamw: learnt < ADAMW.learnt ? 0 : ADAMW.decay / (lr * Math.max(ADAMW.leastSteps, steps)),
    muon: muonDecayFor(learnt, block ? BLOCKS.decay : MUON.decay),
  };
  return {
    ...COMMON,
    ...model,
    bpttGrowth: [BPTT_GROWTH],
    embeddingSize,
    tieWeights,
    batchSize,
    bptt,
    optimizer,
    lr,
    dropout: dropoutFor(learnt, isMuon ? MUON.lessDropout : 0),
    weightDecay: Number((weightDecays[optimizer] ?? 0).toPrecision(2)),
    ...given,
  };
}

/** The further one network could learn the text by heart, the more of them share the time: they err at different characters. */
function networksFor({ length, reads }: Circumstances, given: Partial<MinutesSettings>): number {
  const { cell = COMMON.cell, block = COMMON.block } = given;
  const { numLayers = block ? BLOCKS.numLayers : COMMON.numLayers } = given;
  const { hiddenSize } = MEASURED_SETTINGS; // or any other: the more weights, the less is read
  const learnt = learntFor({ cell, block, numLayers, hiddenSize }, length, reads);
  return Math.min(ENSEMBLE.most, Math.max(1, Math.round(2 ** ((learnt - ENSEMBLE.one) / ENSEMBLE.doubling))));
}

function sizeFor(length: number, reads: number, factor: number, most: number): number {
  const [base, bySpeed, byLength] = COEFFICIENTS.size;
  const exact =
    2 ** (base + bySpeed * Math.log2(reads / 2 ** 24) + byLength * Math.log2(Math.min(length, LONGEST) / 2 ** 20));
  const rounded = Math.round(Math.min(exact * factor, most) / SIZES.multiple) * SIZES.multiple;
  return Math.min(SIZES.most, Math.max(SIZES.least, rounded));
}

/**
 * How many ids of a text of unknown length are enough to train on: the model that the rule chooses for them does not come to
 * their end in the time.
 */
export function enoughIds(reads: number, given: Partial<MinutesSettings> = {}): number {
  let length = 2 ** 20;
  for (;;) {
    const { hiddenSize, ensembleSize } = minutesRule({ length, reads }, given);
    if (readsOf(hiddenSize, reads / ensembleSize) <= length) return length;
    length *= 2;
  }
}

/** What a model of so many units reads in the time, if its speed falls with the square of its size. */
const readsOf = (hiddenSize: number, reads: number): number =>
  reads * (MEASURED_SETTINGS.hiddenSize / hiddenSize) ** 2;

function batchFor(read: number, isMuon: boolean): number {
  const exact = isMuon ? MUON.batchSize * Math.sqrt(read / MUON.reads) : read / (STEPS * COMMON.bptt);
  return Math.min(BATCHES.most, Math.max(BATCHES.least, 2 ** Math.round(Math.log2(exact))));
}

/** Larger models take smaller steps: with Adam 0.005 at 256 units, 0.003 at 512. */
const lrFor = (hiddenSize: number, factor: number): number =>
  Number((factor * 0.005 * (256 / hiddenSize) ** 0.7).toPrecision(2));

const MOST_LEARNT = 9; // see learntFor: 20 to 40 epochs of 2,000 or of 10,000 characters were best, also with so much dropout

/** Epochs after which a model only learns a text of n ids by heart, whatever the dropout. */
export const mostEpochs = (model: ModelSize, length: number): number =>
  (2 ** MOST_LEARNT * length) / weightsOf(model);

/** The more often a model reads the text, and the more weights it has for it, the more it must be kept from learning it by heart. */
function dropoutFor(learnt: number, less: number): number {
  const [base, byReads] = COEFFICIENTS.dropout;
  return Number(Math.min(MOST_DROPOUT, Math.max(0, base + byReads * learnt - less)).toFixed(2));
}

/** A text that is hardly read once needs little weight decay. */
const muonDecayFor = (learnt: number, [base, byReads]: readonly [number, number]): number =>
  Math.min(MUON.mostDecay, Math.max(MUON.leastDecay, base + byReads * learnt));

/** How far a model can learn a text by heart: log₂ of epochs · weights / n. */
function learntFor(model: ModelSize, length: number, reads: number): number {
  const passes = readsOf(model.hiddenSize, reads) / length;
  return Math.log2((passes * weightsOf(model)) / length);
}

/** The weights of the matrices of a model: 6H² of a GRU of one layer, 12H² of three blocks of minGRU. */
const weightsOf = ({ hiddenSize, ...model }: ModelSize): number => weightsPerSquare(model) * hiddenSize ** 2;

const weightsPerSquare = ({ cell, block, numLayers }: Omit<ModelSize, 'hiddenSize'>): number =>
  numLayers * (WEIGHTS[cell] + (block ? BLOCK_WEIGHTS : 0));
