import type { Backend } from '@unroll/rnn-core';
import { type Budget, type Choosable, choosable, count, picked, secondsPerTokenAt } from '@unroll/run';
import { evenlySpaced } from '@unroll/text';
import type { Pair } from '../data/pairs.ts';
import type { TextPair, TokenizerConfig } from '../tokenizer.ts';
import {
  COST_OF_SIZE,
  enoughTokens,
  FEW_PAIRS,
  MEASURED_SETTINGS,
  type NetworkSettings,
  networkRule,
  subwordRule,
} from '../training/minutes-rule.ts';
import { type TrainingCorpus, TranslationTask, type TranslationTaskConfig } from '../training/translation-task.ts';

/** Of {@link chosenNetwork}. */
export interface NetworkChoiceOptions extends SpeedOptions {
  /** Of all training pairs, so many are used. */
  readonly maxPairs: number | undefined;
  /** Prints a line for a person. */
  readonly say: (line: string) => void;
}

/** What the speed of a machine is measured with. */
export interface SpeedOptions {
  readonly config: TranslationTaskConfig &
    NetworkSettings & { readonly minutes?: number | undefined; readonly initFrom?: string | undefined };
  /** The settings that nobody set. */
  readonly unset: ReadonlySet<string>;
  readonly corpus: TrainingCorpus;
  readonly backend: Backend;
  readonly budget: Budget;
}

/** What `--minutes` chooses of the network. */
export const NETWORK = [
  'ensembleSize',
  'hiddenSize',
  'decoderHiddenSize',
  'embeddingSize',
  'tieWeights',
  'dropout',
  'batchTokens',
  'lr',
  'lrSchedule',
  'beta2',
  'gradClip',
  'warmupRatio',
] as const satisfies readonly (keyof NetworkSettings)[];

/** Sizes that must fit each other with dot attention: those of flags and preset are kept. */
const TIED_BY_DOT: readonly string[] = ['hiddenSize', 'decoderHiddenSize'];

/** What `--minutes` chooses of the tokenizer. */
export const SUBWORDS = ['vocabSize', 'jointVocab'] as const satisfies readonly (keyof TokenizerConfig)[];

/** The settings of the tokenizer that nobody set, by the training pairs. */
export function chosenSubwords(
  config: TokenizerConfig,
  unset: ReadonlySet<string>,
  pairs: readonly TextPair[],
): Partial<TokenizerConfig> {
  const { open, given } = choosable<TokenizerConfig>(SUBWORDS, config, unset);
  return open.length === 0 ? {} : picked(subwordRule(pairs, given), open);
}

/** Of {@link chosenPairs}. */
export interface PairChoiceOptions extends Omit<SpeedOptions, 'corpus'> {
  /** All training pairs. */
  readonly pairs: readonly Pair[];
  /** Encodes some of them. */
  readonly encode: (pairs: readonly Pair[]) => TrainingCorpus;
}

/**
 * How many of the pairs are read at all, which is measured with some of them; undefined for all: a tokenizer for the others, and
 * their ids, would take time and bring nothing.
 */
export async function chosenPairs({ pairs, encode, ...options }: PairChoiceOptions): Promise<number | undefined> {
  const { open, given } = choosableNetwork(options);
  if (!options.unset.has('maxPairs') || open.length === 0 || pairs.length <= MEASURED_PAIRS) return undefined;
  const corpus = encode(evenlySpaced(pairs, MEASURED_PAIRS));
  const reads = await readsInTime({ ...options, corpus });
  const enough = Math.ceil((enoughTokens(reads, given) * corpus.train.length) / targetTokens(corpus));
  return enough < pairs.length ? Math.max(MEASURED_PAIRS, enough) : undefined;
}

const MEASURED_PAIRS = 5000;

const targetTokens = ({ train }: TrainingCorpus): number =>
  train.reduce((sum, { target }) => sum + target.length + 1, 0);

const choosableNetwork = ({ config, unset }: Pick<SpeedOptions, 'config' | 'unset'>): Choosable<NetworkSettings> =>
  choosable<NetworkSettings>(
    NETWORK,
    config,
    config.attention === 'dot' ? new Set([...unset].filter((key) => !TIED_BY_DOT.includes(key))) : unset,
  );

/**
 * Chooses the settings of a training by `--minutes` that nobody set, from the number of target tokens and from what the machine
 * reads in the time, which is measured.
 */
export async function chosenNetwork(options: NetworkChoiceOptions): Promise<Partial<NetworkSettings>> {
  const { config, corpus, maxPairs, say } = options;
  const { open, given } = choosableNetwork(options);
  if (open.length === 0) return {};
  const tokens = targetTokens(corpus);
  const reads = await readsInTime(options);
  const settings = networkRule({ tokens, reads }, given);
  const { ensembleSize, hiddenSize, tieWeights, dropout, batchTokens, lr } = settings;
  const { tokenizer } = corpus;
  const vocabulary = `--vocab-size ${tokenizer.target.size}${tokenizer.isJoint ? ' --joint-vocab' : ''}`;
  say(
    `--minutes ${config.minutes} chooses ${maxPairs === undefined ? '' : `--max-pairs ${maxPairs} `}${vocabulary}${ensembleSize > 1 ? ` --ensemble-size ${ensembleSize}` : ''} --hidden-size ${hiddenSize}${tieWeights ? '' : ' --no-tie-weights'} --dropout ${dropout} --batch-tokens ${batchTokens} --lr ${lr}: this machine reads about ${count(Number(reads.toPrecision(2)))} target tokens in the time with ${MEASURED_SETTINGS.hiddenSize} units, and ${maxPairs === undefined ? 'the pairs' : `the ${count(maxPairs)} pairs used`} have ${count(tokens)}`,
  );
  const { length } = corpus.train;
  if (length < FEW_PAIRS && config.initFrom === undefined)
    say(
      `${count(length)} training pairs are few: sentences as alike as captions are learnt from about ${count(FEW_PAIRS)}, others from tens of thousands; expect wrong translations of new sentences, give more pairs, or start from a trained model with --init-from`,
    );
  return picked(settings, open);
}

/** The target tokens that a model of {@link MEASURED_SETTINGS} reads in the time, measured. */
async function readsInTime(options: SpeedOptions): Promise<number> {
  const { budget } = options;
  const secondsPerToken = await secondsPerTokenAt({
    budget,
    hiddenSize: MEASURED_SETTINGS.hiddenSize,
    stepTokens: MEASURED_SETTINGS.batchTokens,
    costOfSize: COST_OF_SIZE,
    measure: (size, fraction) => measured(options, size, fraction),
  });
  return (USED * budget.left) / secondsPerToken;
}

const USED = 0.85; // of the time is for steps, the rest for validation, evaluation and saving
const TRIAL_STEPS = 1000;

/** Seconds to train on one target token with {@link MEASURED_SETTINGS}, but for the size. */
async function measured(
  { config, corpus, backend, budget }: SpeedOptions,
  size: number,
  fraction: number,
): Promise<number> {
  const sizes = { hiddenSize: size, decoderHiddenSize: size, embeddingSize: size, attention: 'general' } as const;
  using trial = new TranslationTask({ ...config, ...MEASURED_SETTINGS, ...sizes }, corpus, backend, TRIAL_STEPS);
  let step = 0;
  return await budget.secondsPerToken(() => Number(trial.step(1 + (step++ % TRIAL_STEPS))['tokens']), fraction);
}
