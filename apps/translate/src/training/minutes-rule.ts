import type { TextPair, TokenizerConfig } from '../tokenizer.ts';

/** The settings that `--minutes` decides once the vocabulary is known. */
export interface NetworkSettings {
  readonly hiddenSize: number;
  readonly decoderHiddenSize: number;
  readonly embeddingSize: number;
  readonly dropout: number;
  readonly batchTokens: number;
  readonly lr: number;
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

const COMMON = { beta2: 0.98, gradClip: 0.5, warmupRatio: 0.05 } as const;

/** With which settings the speed of a machine is measured, before the size is chosen. */
export const MEASURED_SETTINGS = {
  ...COMMON,
  hiddenSize: 256,
  decoderHiddenSize: 256,
  embeddingSize: 256,
  dropout: 0.2,
  batchTokens: 1000,
  lr: 0.003,
} as const satisfies NetworkSettings;

/** Epochs at most: of 50 pairs a model has learnt by then what it can, with the most dropout. */
export const MOST_EPOCHS = 160;

const SIZES = { least: 64, most: 1024, multiple: 32 };
const SIZE_BY_READS = 0.25; // log₂ H = 8 + so much · log₂(D / 2²²)
const MOST_UNITS = 0.75; // times √N: few pairs cannot teach a large network, however often it reads them
/** The time of a token grows with the size to this power. */
export const COST_OF_SIZE = 1.5;
const DROPOUT = { base: 0.05, byPasses: 0.06, least: 0.1, most: 0.5 };
const STEPS = 4000; // about so many; a larger batch is then worth more than more of them
const BATCHES = { least: 500, most: 4000 };

/**
 * The settings of a training by `--minutes`.
 *
 * @param given settings that are fixed; the others follow them
 */
export function networkRule({ tokens, reads }: Circumstances, given: Partial<NetworkSettings> = {}): NetworkSettings {
  const hiddenSize = given.hiddenSize ?? given.decoderHiddenSize ?? sizeFor(tokens, reads);
  const read = reads * (MEASURED_SETTINGS.hiddenSize / hiddenSize) ** COST_OF_SIZE;
  const dropout = DROPOUT.base + DROPOUT.byPasses * Math.log2(read / tokens);
  return {
    ...COMMON,
    hiddenSize,
    decoderHiddenSize: hiddenSize,
    embeddingSize: hiddenSize,
    dropout: Number(within(DROPOUT, dropout).toFixed(2)),
    batchTokens: Math.round(within(BATCHES, read / STEPS) / 100) * 100,
    lr: Number((MEASURED_SETTINGS.lr * Math.sqrt(MEASURED_SETTINGS.hiddenSize / hiddenSize)).toPrecision(2)),
    ...given,
  };
}

function sizeFor(tokens: number, reads: number): number {
  const exact = MEASURED_SETTINGS.hiddenSize * (reads / 2 ** 22) ** SIZE_BY_READS;
  const fitting = Math.min(exact, MOST_UNITS * Math.sqrt(tokens));
  return within(SIZES, Math.round(fitting / SIZES.multiple) * SIZES.multiple);
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
