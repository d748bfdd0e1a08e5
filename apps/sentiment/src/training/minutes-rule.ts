import type { CellName } from '@unroll/rnn-core';
import { VECTORS_PACKAGE } from '../data/pretrained-vectors.ts';
import { tokenize } from '../tokenizer/tokens.ts';

/** The settings that `--minutes` chooses by the texts alone, whatever the time. */
export interface FeatureSettings {
  readonly nbFeatures: boolean;
  readonly minCount: number;
  readonly charNgramBuckets: number;
  readonly bagCharNgrams: boolean;
  readonly bagSkipBigrams: boolean;
  readonly bagEnding: number;
  readonly bagNormalize: boolean;
  readonly bagMinDf: number;
  readonly bagL2: number;
  /** A file of pretrained word vectors, or the npm package of some. */
  readonly vectors?: string | undefined;
}

/** The settings that `--minutes` chooses by the time and the amount of text. */
export interface NetworkSettings {
  readonly cell: CellName;
  readonly hiddenSize: number;
  readonly ensembleSize: number;
  readonly mixedEnsemble: boolean;
  readonly lr: number;
}

/** The texts that a network reads. */
export interface ReadTexts {
  /** n, the training texts. */
  readonly texts: number;
  /** N, the tokens of all of them. */
  readonly tokens: number;
  /** Whether their words have pretrained vectors. */
  readonly pretrained: boolean;
  /** Whether networks read naive Bayes log odds. */
  readonly logOdds: boolean;
}

/** What the network follows from. */
export interface Circumstances extends ReadTexts {
  /** Epochs for which one network of {@link MEASURED_SETTINGS} trains in the time there is. */
  readonly epochs: number;
  /** What its validations and its evaluation cost, in epochs that take as long. */
  readonly overhead: number;
}

const SHORT: FeatureSettings = {
  nbFeatures: false,
  minCount: 1,
  charNgramBuckets: 20_000,
  bagCharNgrams: true,
  bagSkipBigrams: false,
  bagEnding: 0,
  bagNormalize: false,
  bagMinDf: 1,
  bagL2: 20,
};

/** In a long text the words alone say enough, and the naive Bayes features say which of them matter. */
const LONG: FeatureSettings = {
  nbFeatures: true,
  minCount: 2,
  charNgramBuckets: 0,
  bagCharNgrams: false,
  bagSkipBigrams: true,
  bagEnding: 60,
  bagNormalize: true,
  bagMinDf: 2,
  bagL2: 3,
};

const LONG_WORDS = 60; // in the mean
const SAMPLED_TEXTS = 500;

/** The features of texts, by their length and language. */
export function featureRule(texts: readonly string[]): FeatureSettings {
  const read = sampleOf(texts).map((text) => tokenize(text, { cased: false }).map(({ word }) => word));
  const words = read.flat();
  const features = words.length / read.length < LONG_WORDS ? SHORT : LONG;
  return isEnglish(words) ? { ...features, vectors: VECTORS_PACKAGE.name } : features;
}

function sampleOf(texts: readonly string[]): string[] {
  const every = Math.ceil(texts.length / SAMPLED_TEXTS);
  return texts.filter((_, k) => k % every === 0);
}

const FREQUENT_WORDS = new Set(
  'the and to of it is this that i was for with you but not have are they be at'.split(' '),
);
const ENGLISH = 0.15; // of the tokens are among them: 23 to 25 % in English reviews and sentences, 1 % in German tweets, 0.1 % in French ones

const isEnglish = (words: readonly string[]): boolean =>
  words.filter((word) => FREQUENT_WORDS.has(word)).length > ENGLISH * words.length;

/** What a preparation that takes too long is made without, in this order; then it is of fewer texts. */
export const CUTS: readonly { readonly without: Partial<FeatureSettings>; readonly name: string }[] = [
  { without: { bagSkipBigrams: false }, name: 'pairs of words with one between' },
  { without: { nbFeatures: false }, name: 'naive Bayes log odds' },
  { without: { bagCharNgrams: false }, name: 'character n-grams of the bag of words' },
];

/** Of the time that is left once the texts are read, so much at most goes into fitting vocabulary and bags of words to them. */
export const PREPARATION = 0.6;

const GROWTH = 1.1; // measured: 1.05 from 4,000 to 160,000 sentences with character n-grams, 1.1 from 500 to 6,000 reviews with log odds

/** How much longer the preparation of n texts takes than that of m. */
export const costOfTexts = (n: number, m: number): number => (n / m) ** GROWTH;

/** The fraction of the texts whose preparation takes a fraction of the time. */
export const textsInTime = (fraction: number): number => fraction ** (1 / GROWTH);

/** With which settings the speed of a machine is measured, before the number of networks is chosen. */
export const MEASURED_SETTINGS = { cell: 'gru', hiddenSize: 48, ensembleSize: 1, lr: 0.003 } as const;

/**
 * The fitted numbers:
 *
 *     log₂ epochs = epochs[0] + epochs[1] · log₂(N / 2¹⁶)
 *
 * `npm run -s minutes-rule -w apps/sentiment` prints them from the runs in `bench/minutes-rule/runs.jsonl`.
 */
export const COEFFICIENTS = { epochs: [4.38, -1.04] } as const;

/**
 * Epochs of a network at most, and at least: of 160,000 sentences 8 are better than 4, and 16 no better; of 6,000 reviews with pretrained
 * vectors 10 to 16 are better than 3 or 6, and more than one network gains less; of 1,500 without vectors 2 to 10 are alike.
 */
const EPOCHS = { most: 48, least: 8, leastOfLong: 3, leastPretrained: 12 };
const LEAST_READ = 3000; // texts in all, however few there are: of 30 texts 40 and 160 epochs were as good, and better than 10 and 640
const MOST_NETWORKS = 16;
const MOST_READ = 2; // times as many epochs as are enough, where all networks that may be are trained and time is left

/** Epochs after which a network has read the texts often enough. */
export function enoughEpochs(
  { texts, tokens, pretrained }: Omit<ReadTexts, 'logOdds'>,
  [base, byTokens]: readonly [number, number] = COEFFICIENTS.epochs,
): number {
  const best = 2 ** (base + byTokens * Math.log2(tokens / 2 ** 16));
  const least = pretrained ? EPOCHS.leastPretrained : tokens < LONG_WORDS * texts ? EPOCHS.least : EPOCHS.leastOfLong;
  const fitted = Math.min(EPOCHS.most, Math.max(least, best));
  return Math.max(fitted, LEAST_READ / texts);
}

/** Epochs after which every network only learns the texts by heart. */
export const mostEpochs = (of: ReadTexts): number => MOST_READ * enoughEpochs(of);

/**
 * How many networks are averaged: as many as train for enough epochs in the time and are validated, and one at least. With
 * pretrained vectors a network without log odds is good too, so that every second one does without.
 *
 * @param given settings that are fixed; the others follow them
 */
export function networkRule(
  { epochs, overhead, ...read }: Circumstances,
  given: Partial<NetworkSettings> = {},
): NetworkSettings {
  const networks = Math.floor(epochs / (enoughEpochs(read) + overhead));
  const ensembleSize = given.ensembleSize ?? Math.min(MOST_NETWORKS, Math.max(1, networks));
  const mixedEnsemble = ensembleSize > 1 && read.pretrained && read.logOdds;
  return { ...MEASURED_SETTINGS, ensembleSize, mixedEnsemble, ...given };
}
