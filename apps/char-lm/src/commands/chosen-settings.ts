import { statSync } from 'node:fs';
import type { Backend } from '@unroll/rnn-core';
import { type Budget, choosable, count, picked, secondsPerTokenAt } from '@unroll/run';
import { type EncodedCorpus, UNITS } from '../tokenizer.ts';
import { CharLmTask, type CharLmTrainingOptions } from '../training/char-lm-task.ts';
import { enoughIds, MEASURED_SETTINGS, type MinutesSettings, minutesRule } from '../training/minutes-rule.ts';

/** Of {@link chosenSettings}. */
export interface ChoiceOptions {
  readonly config: CharLmTrainingOptions &
    MinutesSettings & {
      readonly minutes?: number | undefined;
      readonly data?: string | undefined;
      readonly maxCharacters?: number | undefined;
    };
  /** The settings that nobody set. */
  readonly unset: ReadonlySet<string>;
  /** Reads the text, or its beginning. */
  readonly read: (maxCharacters?: number) => Promise<EncodedCorpus>;
  readonly backend: Backend;
  readonly budget: Budget;
  /** Prints a line for a person. */
  readonly say: (line: string) => void;
}

/** The text that is trained on, and with which settings. */
export interface Choice {
  readonly corpus: EncodedCorpus;
  /** Undefined when all are set. */
  readonly chosen?: Partial<MinutesSettings> & { readonly maxCharacters?: number };
}

/** What `--minutes` chooses. */
export const CHOOSABLE = [
  'cell',
  'hiddenSize',
  'embeddingSize',
  'tieWeights',
  'block',
  'numLayers',
  'batchSize',
  'bptt',
  'bpttGrowth',
  'optimizer',
  'lr',
  'lrSchedule',
  'warmupRatio',
  'gradClip',
  'dropout',
  'weightDecay',
  'ensembleSize',
] as const satisfies readonly (keyof MinutesSettings)[];

/**
 * Chooses the settings of a training by `--minutes` that nobody set, from the length of the text and from what the machine
 * reads in the time, which is measured. Of a text that is longer than that, the beginning is read.
 */
export async function chosenSettings(options: ChoiceOptions): Promise<Choice> {
  const { config, unset, read, budget, say } = options;
  const { open, given } = choosable<MinutesSettings>(CHOOSABLE, config, unset);
  if (open.length === 0) return { corpus: await read(config.maxCharacters) };
  const { size = 0 } = (config.data && statSync(config.data, { throwIfNoEntry: false })) || {}; // who reads it says that it is gone
  const isLong = unset.has('maxCharacters') && size > LONG_BYTES;
  const beginning = await read(isLong ? MEASURED_CHARACTERS : config.maxCharacters);
  const secondsPerId = await secondsPerTokenAt({
    budget,
    hiddenSize: MEASURED_SETTINGS.hiddenSize,
    stepTokens: MEASURED_SETTINGS.batchSize * MEASURED_SETTINGS.bptt,
    costOfSize: 2,
    measure: (hiddenSize, fraction) => measured(options, beginning, { ...given, hiddenSize }, fraction),
  });
  const reads = (USED * budget.left) / secondsPerId;
  const maxCharacters = isLong ? enoughIds(reads, given) : undefined;
  const corpus = isLong ? await read(maxCharacters) : beginning;

  const { length } = corpus.train;
  const settings = minutesRule({ length, reads }, given);
  const { cell, numLayers, hiddenSize, ensembleSize, batchSize, dropout, optimizer, weightDecay, lr } = settings;
  const layers = numLayers > 1 ? ` --num-layers ${numLayers}` : '';
  const networks = ensembleSize > 1 ? ` --ensemble-size ${ensembleSize}` : '';
  const { many } = UNITS[corpus.vocabulary.unit];
  const text = isLong ? `the first ${count(length)} of the text are read` : `the text has ${count(length)}`;
  say(
    `--minutes ${config.minutes} chooses --cell ${cell}${layers} --hidden-size ${hiddenSize}${networks} --batch-size ${batchSize} --dropout ${dropout} --optimizer ${optimizer}${weightDecay > 0 ? ` --weight-decay ${weightDecay}` : ''} --lr ${lr}: this machine reads about ${count(rounded(reads))} ${many} in the time with ${MEASURED_SETTINGS.hiddenSize} units, and ${text}`,
  );
  return { corpus, chosen: { ...picked(settings, open), ...(maxCharacters !== undefined && { maxCharacters }) } };
}

const LONG_BYTES = 4e6; // above so many, the speed is measured before the text is read
const MEASURED_CHARACTERS = 1e6;
const USED = 0.9; // of the time is for steps, the rest for validation, evaluation and saving
const rounded = (x: number): number => Number(x.toPrecision(2));

/** Seconds to train on one id with {@link MEASURED_SETTINGS}, but for the size. */
async function measured(
  { config, backend, budget }: ChoiceOptions,
  corpus: EncodedCorpus,
  { cell, block, numLayers, hiddenSize }: Pick<MinutesSettings, 'hiddenSize'> & Partial<MinutesSettings>,
  fraction: number,
): Promise<number> {
  const settings = minutesRule(
    { length: corpus.train.length, reads: 1 },
    {
      ...(cell && { cell }),
      ...(block && { block }),
      ...(numLayers && { numLayers }),
      hiddenSize,
      optimizer: MEASURED_SETTINGS.optimizer,
    },
  );
  using trial = new CharLmTask({ ...config, ...settings, bpttGrowth: [] }, corpus, backend, TRIAL_STEPS);
  let step = 0;
  return await budget.secondsPerToken(() => {
    trial.step(1 + (step++ % TRIAL_STEPS));
    return settings.batchSize * settings.bptt;
  }, fraction);
}

const TRIAL_STEPS = 1000;
