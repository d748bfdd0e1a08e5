import type { Backend, LearnerOptions } from '@unroll/rnn-core';
import { type Budget, choosable, count, picked } from '@unroll/run';
import type { Example } from '../data/example.ts';
import {
  type FeatureSettings,
  featureRule,
  MEASURED_SETTINGS,
  mostEpochs,
  type NetworkSettings,
  networkRule,
} from '../training/minutes-rule.ts';
import { SentimentTask, type SentimentTrainingOptions, stepsPerEpoch } from '../training/sentiment-task.ts';
import type { TrainingData } from '../training/training-data.ts';

/** What `--minutes` chooses of the features. */
export const FEATURES = [
  'lexicon',
  'nbFeatures',
  'minCount',
  'charNgramBuckets',
  'bagCharNgrams',
  'bagMinDf',
  'bagL2',
] as const satisfies readonly (keyof FeatureSettings)[];

/** What `--minutes` chooses of the network. */
export const NETWORK = [
  'cell',
  'hiddenSize',
  'ensembleSize',
  'lr',
] as const satisfies readonly (keyof NetworkSettings)[];

/** The settings of the features that nobody set, by the training texts. */
export function chosenFeatures(
  config: FeatureSettings,
  unset: ReadonlySet<string>,
  examples: readonly Example[],
): Partial<FeatureSettings> {
  const { open } = choosable<FeatureSettings>(FEATURES, config, unset);
  return open.length === 0 ? {} : picked(featureRule(examples.map(({ text }) => text)), open);
}

/** Of {@link chosenNetwork}. */
export interface NetworkChoiceOptions {
  readonly config: SentimentTrainingOptions &
    LearnerOptions &
    FeatureSettings &
    NetworkSettings & { readonly minutes?: number | undefined };
  /** The settings that nobody set. */
  readonly unset: ReadonlySet<string>;
  readonly data: TrainingData;
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
  const { config, unset, data, budget, say } = options;
  const { open, given } = choosable<NetworkSettings>(NETWORK, config, unset);
  if (open.length === 0) return { network: {} };
  const texts = data.train.texts.length;
  const tokens = data.train.texts.reduce((sum, { ids }) => sum + ids.length, 0);
  const epochs = (USED * budget.left) / (await secondsPerEpoch(options, given));
  const settings = networkRule({ texts, tokens, epochs }, given);
  const { cell, hiddenSize, ensembleSize, lr } = settings;
  say(
    `--minutes ${config.minutes} chooses --cell ${cell} --hidden-size ${hiddenSize} --ensemble-size ${ensembleSize} --lr ${lr} on ${inputs(config)}: this machine trains one network for about ${count(Math.round(epochs))} epochs of the ${count(texts)} texts in the time`,
  );
  return { network: picked(settings, open), mostEpochs: mostEpochs({ texts, tokens }) };
}

/** What the networks read of a text. */
const inputs = ({ charNgramBuckets, lexicon, nbFeatures }: FeatureSettings): string =>
  [
    'words',
    charNgramBuckets > 0 && 'character n-grams',
    lexicon && 'the English lexicon',
    nbFeatures && 'naive Bayes log odds',
  ]
    .filter((name) => name !== false)
    .join(', ');

const USED = 0.85; // of the time is for steps, the rest for validation, evaluation and saving
const TRIAL_STEPS = 1000;
const FRACTION = 0.01; // of the time goes into measuring

/** Seconds to train one network on all texts once. */
async function secondsPerEpoch(
  { config, data, backend, budget }: NetworkChoiceOptions,
  given: Partial<NetworkSettings>,
): Promise<number> {
  const settings = { ...config, ...MEASURED_SETTINGS, ...given, ensembleSize: 1 };
  using trial = new SentimentTask(settings, data, backend, TRIAL_STEPS);
  let step = 0;
  const seconds = await budget.secondsPerStep(() => trial.step(1 + (step++ % TRIAL_STEPS)), FRACTION);
  return seconds * stepsPerEpoch(config, data);
}
