import { createHash } from 'node:crypto';
import { classification, spread } from '@unroll/metrics';
import { type Context, type JsonObject, table } from '@unroll/run';
import { baselines } from '../baseline/index.ts';
import { type CrossValidateConfig, trainSchema } from '../config.ts';
import type { Example } from '../data/example.ts';
import { LabelSet } from '../data/label-set.ts';
import { type LabelledTexts, readLabelledTexts } from '../data/labelled-texts.ts';
import { percent } from '../evaluation.ts';
import { trainForScores } from './training-trial.ts';

/**
 * `cross-validate`: the texts for training and validation in parts, each judged once by a model that has seen nothing of
 * it; the test texts stay untouched. Of the other parts a ninth is for validation.
 */
export async function crossValidateSentiment(
  { folds, ...config }: CrossValidateConfig,
  context: Context,
): Promise<JsonObject> {
  const corpus = await readLabelledTexts({ ...config, valid: undefined, test: undefined });
  const examples = [...corpus.train, ...corpus.valid];
  const labels = LabelSet.of(examples, corpus.name);
  const accuracies = new Map<string, number[]>();
  const note = (name: string, accuracy: number): void => {
    accuracies.set(name, [...(accuracies.get(name) ?? []), accuracy]);
  };
  for (let fold = 0; fold < folds; fold++) {
    context.err.write(`Fold ${fold + 1} of ${folds}\n`);
    const texts = divide(corpus, examples, { fold, folds });
    for (const { name, probabilities } of baselines({ ...texts, judged: texts.test }, labels))
      note(name, classification(labels.numbersOf(texts.test), probabilities, labels.size).accuracy);
    const { judged } = await trainForScores(trainSchema.parse(config), texts, context);
    note('this model', judged.at(-1)?.score.accuracy ?? Number.NaN);
  }
  const rows = [...accuracies].map(([name, values]) => ({ name, values, ...spread(values) }));
  context.out.write(
    `${table(
      ['', 'accuracy', 'sd', 'each part'],
      rows.map(({ name, mean, sd, values }) => [name, percent(mean), percent(sd), values.map(percent).join(' ')]),
    )}\n`,
  );
  return {
    folds,
    examples: examples.length,
    accuracy: Object.fromEntries(rows.map(({ name, ...figures }) => [name, figures])),
  };
}

/** One part for the test, and of the rest a ninth for validation; by the hash of the text, so that equal texts stay together. */
function divide(
  corpus: LabelledTexts,
  examples: readonly Example[],
  { fold, folds }: { fold: number; folds: number },
): LabelledTexts {
  const partOf = ({ text }: Example): 'train' | 'valid' | 'test' => {
    const hash = createHash('sha256').update(`fold ${text}`).digest();
    if (hash.readUInt32BE(0) % folds === fold) return 'test';
    return hash.readUInt32BE(4) % VALIDATION === 0 ? 'valid' : 'train';
  };
  const part = (name: 'train' | 'valid' | 'test') => examples.filter((example) => partOf(example) === name);
  return { ...corpus, train: part('train'), valid: part('valid'), test: part('test') };
}

const VALIDATION = 9;
