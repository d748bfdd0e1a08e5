import { cardSource } from '@unroll/datasets';
import { type Backend, DataError } from '@unroll/rnn-core';
import {
  type Context,
  command,
  count,
  type DataFile,
  type FinishedRun,
  hashedFile,
  type JsonObject,
  runTraining,
  shellQuoted,
} from '@unroll/run';
import { evenlySpaced } from '@unroll/text';
import type { Example } from '../data/example.ts';
import { LabelSet, some } from '../data/label-set.ts';
import {
  countTexts,
  type LabelledTexts,
  type LabelledTextsOptions,
  labelledFiles,
  readLabelledTexts,
} from '../data/labelled-texts.ts';
import {
  hasVectorsPackage,
  type PretrainedVectors,
  readPretrainedVectors,
  vectorsFile,
} from '../data/pretrained-vectors.ts';
import { componentScores, type NamedScore, scoreOf } from '../evaluation.ts';
import type { SentimentModel } from '../model/sentiment-model.ts';
import { modelJson, tokenizerJson } from '../prediction/model-files.ts';
import { networkLogits } from '../prediction/network-logits.ts';
import { ensembleProbabilities } from '../prediction/probabilities.ts';
import { SentimentTokenizer } from '../tokenizer/sentiment-tokenizer.ts';
import { modelConfig, SentimentTask, stepsPerEpoch } from '../training/sentiment-task.ts';
import { type EncodedExamples, encodeExamples, type TrainingData } from '../training/training-data.ts';
import { chosenFeatures, chosenNetwork, type FeatureChoice, type NetworkChoice } from './chosen-settings.ts';
import { scoreJson, scoreTable } from './score-tables.ts';
import { type TrainConfig, trainSources } from './train-flags.ts';
import { transferFrom } from './transfer.ts';

/** The scores of a finished run. */
export interface SentimentEvaluation {
  /** The model's score on the validation texts, then on the test texts when they differ. */
  readonly scores: readonly NamedScore[];
  /** The scores of networks and bag of words alone on the validation texts; empty when the bag of words is off. */
  readonly components: readonly NamedScore[];
}

/** `train`. */
export const trainCommand = command({ ...trainSources, run: trainAndPrint });

/** `train`: trains a model into a run folder and scores it on the held-out texts. */
async function trainAndPrint(config: TrainConfig, context: Context, unset: ReadonlySet<string>): Promise<JsonObject> {
  const { run, evaluation, result } = await trainOn(() => readTexts(config, context), config, context, unset);
  context.out.write(
    `${scoreTable(evaluation.scores)}\nThe run is in ${run}. Compare it with the baselines:\n  ${context.invocation} evaluate ${shellQuoted(run)}\n`,
  );
  return result;
}

/** Reads the texts of a training, and says what is downloaded. */
export const readTexts = (config: LabelledTextsOptions, { err }: Pick<Context, 'err'>): Promise<LabelledTexts> =>
  readLabelledTexts({ ...config, say: (line) => void err.write(`${line}\n`) });

/**
 * Trains on texts from anywhere.
 *
 * @param unset the settings that `--minutes` may choose
 */
export function trainOn(
  read: () => LabelledTexts | Promise<LabelledTexts>,
  given: TrainConfig,
  context: Context,
  unset: ReadonlySet<string> = new Set(),
): Promise<FinishedRun<SentimentEvaluation>> {
  const say = (line: string): void => void context.err.write(`${line}\n`);
  return runTraining({
    app: 'sentiment',
    config: given,
    context,
    unset,
    prepare: async (origin, { backend, budget }) => {
      const texts = await read();
      if (texts.attribution !== undefined) say(`${texts.name}: ${texts.attribution}`);
      for (const note of texts.notes) say(`${note}.`);
      const labels = LabelSet.of(texts.train, texts.name);
      const { features, cuts, advice }: FeatureChoice = budget
        ? chosenFeatures({
            config: given,
            unset,
            examples: texts.train,
            hasVectors: hasVectorsPackage(),
            fit: (some, settings) => fitTokenizer(some, labels, { ...given, ...settings }),
            budget,
          })
        : { features: {}, cuts: [], advice: undefined };
      if (advice !== undefined) say(advice);
      const { data, vectors } = await prepare(texts, labels, { ...given, ...features });
      if (vectors) say(vectors.coverage);
      const embedding = vectors && embeddingOf(vectors, given, unset);
      const { selection } = data.tokenizer.bag.index;
      if (selection !== undefined)
        say(`The bag of words uses ${selection}: its weights grow with the ${count(data.labels.size)} classes.`);
      const { network, mostEpochs }: Partial<NetworkChoice> = budget
        ? await chosenNetwork({
            config: { ...given, ...features, ...embedding },
            unset,
            data,
            testTexts: texts.test === texts.valid ? 0 : texts.test.length,
            cuts,
            backend,
            budget,
            say,
          })
        : {};
      const chosen = { ...features, ...embedding, ...network };
      const config = { ...given, ...chosen };
      return {
        chosen,
        mostEpochs,
        data: { name: texts.name, files: [...labelledFiles(config), ...vectorFiles(config)] },
        architecture: 'SentimentModel',
        model: modelJson(modelConfig(config, data), data.labels),
        tokenizer: tokenizerJson(data.tokenizer),
        transfer: origin && transferFrom(origin, data),
        card: { ...CARD, source: cardSource(config) },
        unit: 'tokens',
        metrics: [
          { key: 'loss', label: 'loss', unit: 'nats' },
          { key: 'validAccuracy', label: 'valid accuracy', unit: '%', digits: 1 },
        ],
        stepsPerEpoch: stepsPerEpoch(config, data),
        createTask: (backend, steps) => new SentimentTask(config, data, backend, steps),
        describe: ({ model }) => describe(config, texts, data, model),
        evaluate: ({ model }, backend) => evaluate(model, backend, texts, data),
        sampleEvaluation: ({ model }, backend) => ({
          run: async () => {
            const { texts: encoded } = await encodeExamples(data.tokenizer, data.labels, sample(texts.test));
            await networkLogits(model, backend, [...sample(data.valid.texts), ...encoded]);
          },
          fraction: 1 / SAMPLED_TEXTS,
        }),
      };
    },
  });
}

const SAMPLED_TEXTS = 8; // one of so many is classified, to measure how long the final evaluation will take

const sample = <T>(of: readonly T[]): readonly T[] => evenlySpaced(of, Math.ceil(of.length / SAMPLED_TEXTS));

/** The file of pretrained vectors; after the texts, which alone an evaluation reads again. */
const vectorFiles = ({ vectors }: TrainConfig): DataFile[] =>
  vectors === undefined ? [] : [hashedFile(vectorsFile(vectors))];

/** The training texts, or some of them. */
const trained = ({ train }: LabelledTexts, { maxTexts = train.length }: TrainConfig): readonly Example[] =>
  evenlySpaced(train, maxTexts);

/** Fits the tokenizer to training texts. */
function fitTokenizer(examples: readonly Example[], labels: LabelSet, config: TrainConfig) {
  const { cased, maxLength, lexicon, nbFeatures, minCount } = config;
  const targets = labels.indicesOf(examples);
  const fitted = SentimentTokenizer.fit(
    examples.map(({ text }) => text),
    targets,
    {
      cased,
      maxLength,
      lexicon,
      nbFeatures,
      minCount,
      bag: {
        wordNgrams: 2,
        skipBigrams: config.bagSkipBigrams,
        ending: config.bagEnding,
        charNgrams: config.bagCharNgrams,
        lexicon,
        normalize: config.bagNormalize,
      },
      numClasses: labels.size,
      minDf: config.bagMinDf,
      l2: config.bagL2,
    },
  );
  return { ...fitted, targets };
}

/** Fits the tokenizer, encodes the texts, and reads the vectors of their words. */
async function prepare(
  texts: LabelledTexts,
  labels: LabelSet,
  config: TrainConfig,
): Promise<{ data: TrainingData; vectors: PretrainedVectors | undefined }> {
  const { tokenizer, encoded, targets } = fitTokenizer(trained(texts, config), labels, config);
  const vectors =
    config.vectors === undefined ? undefined : await readPretrainedVectors(config.vectors, tokenizer.vocab);
  const data: TrainingData = {
    labels,
    tokenizer,
    train: { texts: encoded, labels: targets },
    valid: await encodeExamples(tokenizer, labels, texts.valid),
    vectors: vectors?.initializer,
  };
  return { data, vectors };
}

/**
 * The size of the embeddings, which follows the vectors where nobody set it.
 *
 * @throws DataError when it is set to another one
 */
function embeddingOf(
  { embeddingSize, where }: PretrainedVectors,
  given: TrainConfig,
  unset: ReadonlySet<string>,
): Pick<TrainConfig, 'embeddingSize'> {
  if (unset.has('embeddingSize') || given.embeddingSize === embeddingSize) return { embeddingSize };
  throw new DataError(
    `${where}: vectors must be of size ${given.embeddingSize}, got ${embeddingSize}; give --embedding-size ${embeddingSize}`,
  );
}

/** Scores a model with its best weights on the held-out texts. */
async function evaluate(
  model: SentimentModel,
  backend: Backend,
  texts: LabelledTexts,
  { labels, tokenizer, valid: encodedValid }: TrainingData,
): Promise<{ readonly evaluation: SentimentEvaluation; readonly result: JsonObject }> {
  const { ensembleWeights } = model;
  const evaluateOn = async (name: 'valid' | 'test', encoded: EncodedExamples) => {
    const logits = await networkLogits(model, backend, encoded.texts);
    const score = scoreOf(encoded.labels, ensembleProbabilities(ensembleWeights, encoded.texts, logits));
    return { encoded, logits, scored: { name, score } };
  };
  const valid = await evaluateOn('valid', encodedValid);
  const scores: NamedScore[] = [valid.scored];
  if (texts.test !== texts.valid) {
    const { scored } = await evaluateOn('test', await encodeExamples(tokenizer, labels, texts.test));
    scores.push(scored);
  }
  return {
    evaluation: { scores, components: componentScores(ensembleWeights, valid.encoded, valid.logits) },
    result: {
      ...Object.fromEntries(scores.map(({ name, score }) => [name, scoreJson(score, labels)])),
      accuracy: scores.at(-1)?.score.accuracy,
      ensembleWeights: { ...ensembleWeights },
    },
  };
}

function describe(
  config: TrainConfig,
  texts: LabelledTexts,
  { labels }: TrainingData,
  model: SentimentModel,
): string {
  const { ensembleSize, numLayers, hiddenSize, bidirectional, cell } = config;
  const ensemble = ensembleSize > 1 ? `${ensembleSize} × ` : '';
  const network = `${ensemble}${numLayers}×${hiddenSize} ${bidirectional ? 'bidirectional ' : ''}${cell}`;
  return `${network}, ${count(model.parameterCount)} parameters, ${countTexts(trained(texts, config))} of ${texts.name}, classes ${some(labels.names)}`;
}

const CARD = {
  task: 'text-classification',
  summary: 'A recurrent classifier of the sentiment of sentences and reviews.',
  intendedUse: 'To predict the sentiment of texts like those it was trained on.',
  limits:
    'Texts of another subject, length or language are classified less well than the metrics say, irony often wrongly; do not decide about people with it.',
  metrics: { accuracy: 'accuracy', macroF1: 'macro F1', matthews: 'Matthews correlation', rocAuc: 'ROC AUC' },
  splitFlag: '--split',
} as const;
