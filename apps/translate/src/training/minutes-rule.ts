import type { LearnerOptions } from '@unroll/rnn-core';
import type { TextPair, TokenizerConfig } from '../tokenizer.ts';

/** The settings that `--minutes` decides once the vocabulary is known. */
export interface NetworkSettings {
  readonly ensembleSize: number;
  readonly hiddenSize: number;
  readonly decoderHiddenSize: number;
  readonly embeddingSize: number;
  readonly tieWeights: boolean;
  readonly dropout: number;
  readonly batchTokens: number;
  readonly lr: number;
  readonly lrSchedule: NonNullable<LearnerOptions['lrSchedule']>;
  readonly beta2: number;
  readonly gradClip: number;
  readonly warmupRatio: number;
}

/** What the settings of a training by `--minutes` follow from. */
export interface Circumstances {
  /** N, the target tokens of all training pairs. */
  readonly tokens: number;
  /** D, the target tokens that a model of {@link MEASURED_SETTINGS} reads in the time there is. */
  readonly reads: number;
}

const COMMON = { lrSchedule: 'linear', beta2: 0.98, gradClip: 0.5, warmupRatio: 0.05 } as const;

/** With which settings the speed of a machine is measured, before the size is chosen. */
export const MEASURED_SETTINGS = {
  ...COMMON,
  ensembleSize: 1,
  hiddenSize: 256,
  decoderHiddenSize: 256,
  embeddingSize: 256,
  tieWeights: false,
  dropout: 0.2,
  batchTokens: 1000,
  lr: 0.003,
} as const satisfies NetworkSettings;

/** Epochs at most: of 50 pairs a model has learnt after 70 what it can. */
export const MOST_EPOCHS = 160;

/** Of fewer captions most translations are wrong: chrF2 on validation pairs is 14 with 50 of them, 31 with 500, 44 with 2,000. */
export const FEW_PAIRS = 2000;

/**
 * The fitted numbers, of a network of H units that reads the N target tokens of all pairs so many times:
 *
 *     log₂ H  = size[0] + size[1]·log₂(D / 2²²)
 *     dropout = dropout[0] + dropout[1]·log₂(epochs)
 *
 * `npm run -s minutes-rule -w apps/translate -- fit` prints them from the runs in `bench/minutes-rule/runs.jsonl`.
 */
export const COEFFICIENTS = { size: [7.81, 0.29], dropout: [-0.156, 0.081] } as const;

const SIZES = { least: 64, most: 1024, multiple: 32 };
const MOST_UNITS = 0.75; // times √N: few pairs cannot teach a large network, however often it reads them
/** The time of a token grows with the size to this power: 1.1 from 64 to 256 units, 1.6 from there to 384. */
export const COST_OF_SIZE = 1.3;
/**
 * Epochs and tokens that each of several networks reads at least, if it has 256 units; two may read a third less: of captions, two that
 * share 4.1 million tokens are better than one that reads them all.
 */
const ENSEMBLES = { most: 4, epochs: 6, reads: 3_000_000, two: 4 / 3 };
const DROPOUTS = { least: 0, most: 0.5 };
/**
 * Epochs from which on the embedding of the target is the output layer too. Of a compiler's messages, weights of its own are better after
 * 12 epochs, as good after 22, and worse after 32.
 */
const TIED_EPOCHS = 24;
const STEPS = { count: 1300, tokens: 500_000, power: 1 / 3 }; // of half a million tokens; more of them make more steps, and larger batches
const BATCHES = { least: 250, most: 4000 };

/**
 * The settings of a training by `--minutes`, by a rule that was fitted on runs.
 *
 * @param given settings that are fixed; the others follow them
 */
export function networkRule(
  { tokens, reads: ofAll }: Circumstances,
  given: Partial<NetworkSettings> = {},
): NetworkSettings {
  const ensembleSize = given.ensembleSize ?? ensembleFor(tokens, ofAll);
  const reads = ofAll / ensembleSize;
  const hiddenSize = given.hiddenSize ?? given.decoderHiddenSize ?? sizeFor(tokens, reads);
  const read = Math.min(readsOf(hiddenSize, reads), MOST_EPOCHS * tokens);
  const epochs = read / tokens;
  return {
    ...COMMON,
    ensembleSize,
    hiddenSize,
    decoderHiddenSize: hiddenSize,
    embeddingSize: hiddenSize,
    tieWeights: epochs > TIED_EPOCHS,
    dropout: dropoutFor(epochs),
    batchTokens: Math.round(within(BATCHES, batchFor(read)) / 50) * 50,
    lr: Number((MEASURED_SETTINGS.lr * Math.sqrt(MEASURED_SETTINGS.hiddenSize / hiddenSize)).toPrecision(2)),
    ...given,
  };
}

/** More networks where one would read the pairs more often than it takes to learn most of what they teach. */
function ensembleFor(tokens: number, reads: number): number {
  const networks = reads / Math.max(ENSEMBLES.epochs * tokens, ENSEMBLES.reads);
  return networks < ENSEMBLES.two ? 1 : Math.min(ENSEMBLES.most, Math.max(2, Math.floor(networks)));
}

/** What a model of so many units reads in the time. */
const readsOf = (hiddenSize: number, reads: number): number =>
  reads * (MEASURED_SETTINGS.hiddenSize / hiddenSize) ** COST_OF_SIZE;

/** How many target tokens are enough to train on, of any number: the model that the rule chooses does not read more in the time. */
export function enoughTokens(reads: number, given: Partial<NetworkSettings> = {}): number {
  const { ensembleSize, hiddenSize } = networkRule({ tokens: Number.MAX_SAFE_INTEGER, reads }, given);
  return readsOf(hiddenSize, reads / ensembleSize);
}

/** The tokens, none on a busy machine, over the steps. */
const batchFor = (read: number): number => (STEPS.tokens / STEPS.count) * (read / STEPS.tokens) ** (1 - STEPS.power);

function sizeFor(tokens: number, reads: number): number {
  const [base, byReads] = COEFFICIENTS.size;
  const exact = Math.min(2 ** (base + byReads * Math.log2(reads / 2 ** 22)), MOST_UNITS * Math.sqrt(tokens));
  return within(SIZES, Math.round(exact / SIZES.multiple) * SIZES.multiple);
}

/** The more often a model reads the pairs, the more it must be kept from learning them by heart. */
function dropoutFor(epochs: number): number {
  const [base, byEpochs] = COEFFICIENTS.dropout;
  return Number(within(DROPOUTS, base + byEpochs * Math.log2(epochs)).toFixed(2));
}

const within = ({ least, most }: { readonly least: number; readonly most: number }, x: number): number =>
  Math.min(most, Math.max(least, x));

const VOCABULARY = { size: 4000, pairs: 29_000, power: 0.3, least: 500, most: 16_000 };
const JOINT_SIZE = 1.5; // times that of one language
const MIN_COPIED = 0.1; // of the words of a translation are in its source: 18 % in a compiler's messages, 3 % in captions
const SAMPLED_PAIRS = 2000;

/**
 * The vocabulary, by the training pairs, whatever the time: one for both languages where many words are copied.
 *
 * @param given settings that are fixed; the others follow them
 */
export function subwordRule(pairs: readonly TextPair[], given: Partial<TokenizerConfig> = {}): TokenizerConfig {
  const jointVocab = given.jointVocab ?? copiedFraction(pairs) > MIN_COPIED;
  const exact =
    VOCABULARY.size * (pairs.length / VOCABULARY.pairs) ** VOCABULARY.power * (jointVocab ? JOINT_SIZE : 1);
  return { vocabSize: Math.round(within(VOCABULARY, exact) / 100) * 100, jointVocab, ...given };
}

/** The fraction of the target words that are in the source sentence as well. */
function copiedFraction(pairs: readonly TextPair[]): number {
  const every = Math.ceil(pairs.length / SAMPLED_PAIRS);
  let [copied, words] = [0, 0];
  for (let k = 0; k < pairs.length; k += every) {
    const { source, target } = pairs[k] as TextPair;
    const known = new Set(wordsOf(source));
    for (const word of wordsOf(target)) {
      words++;
      if (known.has(word)) copied++;
    }
  }
  return copied / words;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
