import type { Backend } from '@unroll/rnn-core';
import { type Budget, count } from '@unroll/run';
import { type EncodedCorpus, UNITS } from '../tokenizer.ts';
import { CharLmTask, type CharLmTrainingOptions } from '../training/char-lm-task.ts';
import { MEASURED_SETTINGS, type MinutesSettings, minutesRule } from '../training/minutes-rule.ts';

/** Of {@link chosenSettings}. */
export interface ChoiceOptions {
  readonly config: CharLmTrainingOptions & { readonly minutes?: number | undefined };
  /** The settings that nobody set. */
  readonly unset: ReadonlySet<string>;
  readonly corpus: EncodedCorpus;
  readonly backend: Backend;
  readonly budget: Budget;
  /** Prints a line for a person. */
  readonly say: (line: string) => void;
}

const CHOOSABLE = [
  'cell',
  'hiddenSize',
  'embeddingSize',
  'tieWeights',
  'batchSize',
  'bptt',
  'bpttGrowth',
  'lr',
  'warmupRatio',
  'gradClip',
  'dropout',
] as const satisfies readonly (keyof MinutesSettings)[];

/**
 * Chooses the settings of a training by `--minutes` that nobody set, from the length of the text and from what the machine
 * reads in the time, which is measured.
 *
 * @returns undefined when all are set
 */
export async function chosenSettings(options: ChoiceOptions): Promise<Partial<MinutesSettings> | undefined> {
  const { config, unset, corpus, budget, say } = options;
  const keys = CHOOSABLE.filter((key) => unset.has(key));
  if (keys.length === 0) return undefined;
  const given = Object.fromEntries(CHOOSABLE.filter((key) => !unset.has(key)).map((key) => [key, config[key]]));
  const reads = (USED * budget.left) / (await secondsPerId(options, given));
  const { length } = corpus.train;
  const settings = minutesRule({ length, reads }, given);
  const { cell, hiddenSize, batchSize, dropout, lr } = settings;
  const { many } = UNITS[corpus.vocabulary.unit];
  say(
    `--minutes ${config.minutes} chooses --cell ${cell} --hidden-size ${hiddenSize} --batch-size ${batchSize} --dropout ${dropout} --lr ${lr}: this machine reads about ${count(rounded(reads))} ${many} in the time with ${MEASURED_SETTINGS.hiddenSize} units, and the text has ${count(length)}`,
  );
  return Object.fromEntries(keys.map((key) => [key, settings[key]]));
}

const USED = 0.9; // of the time is for steps, the rest for validation, evaluation and saving
const rounded = (x: number): number => Number(x.toPrecision(2));

/** Seconds to train on one id with {@link MEASURED_SETTINGS}: measured where that is quick, else estimated from a smaller size. */
async function secondsPerId(options: ChoiceOptions, given: Partial<MinutesSettings>): Promise<number> {
  const { hiddenSize } = MEASURED_SETTINGS;
  const small = await measured(options, { ...given, hiddenSize: SMALL });
  const estimate = small * (hiddenSize / SMALL) ** 2;
  const isQuick = estimate * STEP_IDS * MEASURED_STEPS < QUICK * options.budget.left;
  return isQuick ? await measured(options, { ...given, hiddenSize }) : estimate;
}

const SMALL = 64; // units
const STEP_IDS = MEASURED_SETTINGS.batchSize * MEASURED_SETTINGS.bptt;
const MEASURED_STEPS = 8;
const QUICK = 0.05; // of the time

async function measured(
  { config, corpus, backend, budget }: ChoiceOptions,
  { cell, hiddenSize }: Pick<MinutesSettings, 'hiddenSize'> & Partial<MinutesSettings>,
): Promise<number> {
  const settings = minutesRule({ length: corpus.train.length, reads: 1 }, { ...(cell && { cell }), hiddenSize });
  using trial = new CharLmTask({ ...config, ...settings, bpttGrowth: [] }, corpus, backend, TRIAL_STEPS);
  let step = 0;
  const seconds = await budget.secondsPerStep(() => trial.step(1 + (step++ % TRIAL_STEPS)), 0.01);
  return seconds / (settings.batchSize * settings.bptt);
}

const TRIAL_STEPS = 1000;
