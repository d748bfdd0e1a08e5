import { basename } from 'node:path';
import { classification } from '@unroll/metrics';
import {
  backendFlags,
  type Context,
  command,
  count,
  dataFlags,
  fractionProgress,
  type JsonObject,
  modelFlags,
  outputFlags,
  type Requirement,
  readRunData,
  readRunRecord,
  recordedSettings,
} from '@unroll/run';
import { z } from 'zod';
import { baselines } from '../baseline/index.ts';
import type { Example } from '../data/example.ts';
import { type LabelledTexts, labelledFiles, readExamples, readLabelledTexts } from '../data/labelled-texts.ts';
import { componentScores, type NamedScore, scoreOf } from '../evaluation.ts';
import { networkLogits } from '../prediction/network-logits.ts';
import { ensembleProbabilities } from '../prediction/probabilities.ts';
import type { SentimentClassifier } from '../prediction/sentiment-classifier.ts';
import { encodeExamples } from '../training/training-data.ts';
import { columnOfRunFlags, corpusFlags, path } from './corpus-flags.ts';
import { openClassifier } from './open-classifier.ts';
import { classTable, conclusion, scoreJson, scoreTable } from './score-tables.ts';

const schema = z.object({
  ...modelFlags,
  data: path.optional().meta({
    description: 'labelled texts of your own; by default the held-out texts of the run',
    placeholder: 'FILE',
    section: 'Data',
  }),
  split: z
    .enum(['valid', 'test'])
    .default('test')
    .meta({ description: 'which held-out texts of the run', section: 'Data' }),
  ...columnOfRunFlags,
  baselines: z.boolean().default(true).meta({
    description: 'score the model alone, without the lexicon, naive Bayes and logistic regression',
    section: 'Data',
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
});

const corpusSchema = z.object(corpusFlags);

export type EvaluateConfig = z.output<typeof schema>;

const requires: readonly Requirement<EvaluateConfig>[] = [
  { flags: ['split'], when: ({ data }) => data === undefined, needs: 'no --data' },
  { flags: ['textColumn', 'labelColumn'], when: ({ data }) => data !== undefined, needs: '--data' },
  {
    flags: ['dataDir'],
    when: ({ data, baselines }) => data === undefined || baselines,
    needs: '--baselines',
  },
];

const evaluateSources = { schema, requires };

/** `evaluate`. */
export const evaluateCommand = command({ ...evaluateSources, run: evaluateSentiment });

/** `evaluate`: scores a model and its baselines on the held-out texts of its run, or on your own. */
async function evaluateSentiment(config: EvaluateConfig, context: Context): Promise<JsonObject> {
  using open = await openClassifier(config, context);
  const record = readRunRecord(config.dir, 'sentiment');
  const from = recordedSettings(corpusSchema, config.dir, record);
  const { textColumn = from.textColumn, labelColumn = from.labelColumn } = config;
  const own = config.data === undefined ? undefined : await readExamples(config.data, { textColumn, labelColumn });
  const corpus = own && !config.baselines ? undefined : await readRunTexts(config.dir, config.dataDir);
  const examples = own ?? corpus?.[config.split] ?? [];
  const name = config.data === undefined ? config.split : basename(config.data);
  const texts = { name, examples };
  const evaluation = await evaluateOn(open.classifier, texts, config.baselines ? corpus : undefined, context);
  return { ...evaluation, run: config.dir };
}

/**
 * Reads the labelled texts of a run.
 *
 * @throws DataError when a file is gone or has changed since
 * @throws CheckpointError when the settings in run.json do not fit the data
 */
export async function readRunTexts(dir: string, dataDir?: string): Promise<LabelledTexts> {
  const run = {
    dir,
    app: 'sentiment',
    schema: corpusSchema,
    filesOf: labelledFiles,
    read: readLabelledTexts,
    dataDir,
  };
  return await readRunData(run);
}

/**
 * Prints the scores of a model beside those of the baselines.
 *
 * @param texts the texts and their name, for the table
 * @param corpus trains the baselines; undefined leaves them out
 */
export async function evaluateOn(
  { labels, tokenizer, model, backend }: SentimentClassifier,
  { name, examples }: { readonly name: string; readonly examples: readonly Example[] },
  corpus: LabelledTexts | undefined,
  { out, err }: Context,
): Promise<JsonObject> {
  const encoded = await encodeExamples(tokenizer, labels, examples);
  const logits = await networkLogits(model, backend, encoded.texts);
  const whole: NamedScore = {
    name: 'this model',
    score: scoreOf(encoded.labels, ensembleProbabilities(model.ensembleWeights, encoded.texts, logits)),
  };
  const components = componentScores(model.ensembleWeights, encoded, logits);
  const compared = corpus
    ? baselines({ ...corpus, test: examples }, labels, fractionProgress('Fitting the baselines', err))
    : undefined;
  const others = (compared?.baselines ?? []).map(
    ({ name, probabilities }): NamedScore => ({
      name,
      score: classification(encoded.labels, probabilities, labels.size),
    }),
  );
  const title = `${name}, ${examples.length === 1 ? '1 text' : `${count(examples.length)} texts`}`;
  out.write(`${scoreTable([...others, ...components, whole], title)}\n\n${classTable(whole.score, labels)}\n`);
  for (const sentence of compared?.leftOut ?? []) out.write(`\n${sentence}\n`);
  if (others.length > 0) out.write(`\n${conclusion(whole, others)}\n`);
  return {
    ...scoreJson(whole.score, labels),
    baselines: byName(others),
    components: byName(components),
    backend: backend.name,
  };
}

const byName = (scores: readonly NamedScore[]): JsonObject =>
  Object.fromEntries(scores.map(({ name, score }) => [name, mainMetrics(score)]));

const mainMetrics = ({ accuracy, macroF1, matthews, rocAuc, calibrationError }: NamedScore['score']): JsonObject => ({
  accuracy,
  macroF1,
  matthews,
  rocAuc,
  calibrationError,
});
