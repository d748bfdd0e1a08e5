import { createHash } from 'node:crypto';
import { classification, meanAndSd } from '@unroll/metrics';
import { type Context, command, fractionProgress, type JsonObject, table } from '@unroll/run';
import { z } from 'zod';
import { baselines } from '../baseline/index.ts';
import type { Example } from '../data/example.ts';
import { LabelSet } from '../data/label-set.ts';
import { checkParts, type LabelledTexts } from '../data/labelled-texts.ts';
import { split } from '../data/split.ts';
import { percent } from './score-tables.ts';
import { trainForScores } from './temporary-run.ts';
import { readTexts } from './train.ts';
import { trainSchema, trainSources } from './train-flags.ts';

const {
  out: _out,
  resume: _resume,
  tensorboard: _tensorboard,
  valid: _valid,
  test: _test,
  minutes,
  ...shared
} = trainSchema.shape;

const crossValidateSources = {
  ...trainSources,
  schema: z.object({
    ...shared,
    minutes: minutes.meta({ description: 'minutes for each fold, evaluation included' }),
    folds: z
      .int()
      .min(2)
      .max(100)
      .default(5)
      .meta({ description: 'folds, each of which is the test set once', section: 'Length' }),
  }),
};

export type CrossValidateConfig = z.output<(typeof crossValidateSources)['schema']>;

/** `cross-validate`. */
export const crossValidateCommand = command({ ...crossValidateSources, run: crossValidateSentiment });

/**
 * `cross-validate`: splits the training and validation texts into folds, and tests each with a model trained on the others,
 * of which a ninth is for validation. The test texts of the data set are not used.
 */
async function crossValidateSentiment(
  { folds, ...config }: CrossValidateConfig,
  context: Context,
  unset: ReadonlySet<string>,
): Promise<JsonObject> {
  const corpus = await readTexts({ ...config, valid: undefined, test: undefined }, context);
  const examples = [...corpus.train, ...corpus.valid];
  const labels = LabelSet.of(examples, corpus.name);
  const accuracies = new Map<string, number[]>();
  const add = (name: string, accuracy: number): void => {
    accuracies.set(name, [...(accuracies.get(name) ?? []), accuracy]);
  };
  const splits = Array.from({ length: folds }, (_, fold) => foldOf(corpus, examples, { fold, folds }));
  for (const texts of splits)
    checkParts(corpus.name, texts, texts, `give more different texts, or fewer --folds than ${folds}`);
  for (const [fold, texts] of splits.entries()) {
    context.err.write(`Fold ${fold + 1} of ${folds}\n`);
    const compared = baselines(texts, labels, fractionProgress('Fitting the baselines', context.err));
    for (const { name, probabilities } of compared.baselines)
      add(name, classification(labels.indicesOf(texts.test), probabilities, labels.size).accuracy);
    const { scores } = await trainForScores(trainSchema.parse(config), texts, context, unset);
    add('this model', scores.at(-1)?.score.accuracy ?? Number.NaN);
  }
  const rows = [...accuracies].map(([name, values]) => ({ name, values, ...meanAndSd(values) }));
  context.out.write(
    `${table(
      ['', 'accuracy % ↑', 'sd', 'folds'],
      rows.map(({ name, mean, sd, values }) => [name, percent(mean), percent(sd), values.map(percent).join(' ')]),
    )}\n`,
  );
  return {
    folds,
    examples: examples.length,
    accuracy: Object.fromEntries(rows.map(({ name, ...statistics }) => [name, statistics])),
  };
}

/** Returns the splits of one fold, chosen by a hash of the text so that equal texts are in the same split. */
function foldOf(
  corpus: LabelledTexts,
  examples: readonly Example[],
  { fold, folds }: { fold: number; folds: number },
): LabelledTexts {
  const parts = split(examples, (text) => {
    const hash = createHash('sha256').update(`fold ${text}`).digest();
    if (hash.readUInt32BE(0) % folds === fold) return 'test';
    return hash.readUInt32BE(4) % VALIDATION === 0 ? 'valid' : 'train';
  });
  return { ...corpus, ...parts };
}

const VALIDATION = 9;
