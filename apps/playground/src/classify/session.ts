import {
  type Backend,
  DataError,
  type JsonObject,
  loadModelFiles,
  loadWeights,
  savedTensors,
} from '@unroll/rnn-core';
import {
  type Example,
  type Explanation,
  encodeExamples,
  explain,
  LabelSet,
  modelJson,
  SentimentClassifier,
  type SentimentModel,
  SentimentTask,
  SentimentTokenizer,
  type TrainingData,
  tokenizerJson,
} from '@unroll/sentiment';
import type { Compute } from '../shell/compute.ts';
import type { ModelFacts } from '../shell/model-facts.ts';
import { numberIn, type Training, TrainingSession } from '../shell/training-session.ts';
import type { ModelBytes, ModelFolderContent } from '../storage/model-folder.ts';
import { copied } from '../storage/run-store.ts';
import { workerStrings } from '../strings.ts';
import { type Row, split } from './examples.ts';
import { type ClassifySettings, trainingOptions } from './settings.ts';

/** What a run is started with, and saved with. */
export interface ClassifySetup {
  readonly settings: ClassifySettings;
  readonly rows: readonly Row[];
  /** The model whose weights it starts from; undefined for random ones. */
  readonly loaded: ModelBytes | undefined;
}

/** How the model does on the held-out sentences. */
export interface ClassifyNote {
  readonly accuracy: number;
}

const LEAST_ROWS = 10;
const VALIDATIONS = 40; // at most, of a run

/** The room's work: trains a classifier on a table, and explains its predictions. Lives in the worker. */
export class ClassifySession extends TrainingSession<ClassifySetup, ClassifyNote> {
  #classifier: SentimentClassifier | undefined;
  #task: SentimentTask | undefined;

  constructor() {
    super('classify');
  }

  /** Loads a trained model, to classify with. @throws CheckpointError */
  async load(files: ModelBytes, compute: Compute): Promise<ModelFacts> {
    const parsed = await loadModelFiles(files, 'sentiment');
    await this.pause();
    const backend = await this.open(compute);
    this.#classifier = new SentimentClassifier(parsed, backend);
    this.best = { step: 0, weights: parsed.weights };
    return { ...factsOf(this.#classifier.model), backend: backend.description };
  }

  explain(text: string): Explanation | undefined {
    return this.#classifier && explain(this.#classifier, text.normalize('NFC'));
  }

  protected override content(name: string): ModelFolderContent | undefined {
    const classifier = this.#classifier;
    return (
      classifier && {
        app: 'sentiment',
        architecture: 'SentimentModel',
        config: modelJson(classifier.model.config, classifier.labels),
        tokenizer: tokenizerJson(classifier.tokenizer),
        step: this.best?.step ?? 0,
        weights: this.best?.weights ?? savedTensors(classifier.model),
        readme: workerStrings.modelCard.classify(name),
      }
    );
  }

  protected override release(): void {
    this.#classifier?.[Symbol.dispose]();
    this.#task?.[Symbol.dispose]();
    this.#classifier = this.#task = undefined;
  }

  protected override async begin(
    { settings, rows, loaded }: ClassifySetup,
    isNew: boolean,
    backend: Backend,
  ): Promise<Training<ClassifyNote>> {
    const start = loaded && settings.start === 'loaded' ? await loadModelFiles(loaded, 'sentiment') : undefined;
    using origin = start && new SentimentClassifier(start, backend);
    const data = await dataOf(rows, origin);
    const options = { ...trainingOptions(settings), ...origin?.model.config };
    const task = new SentimentTask(options, data, backend, settings.steps);
    this.#task = task;
    if (start && isNew) loadWeights(task.learner.parameters, start.weights);
    return {
      task,
      validateEvery: Math.max(10, Math.ceil(settings.steps / VALIDATIONS)),
      facts: factsOf(task.model),
      trainLoss: (record) => numberIn(record, 'loss'),
      validLoss: (record) => numberIn(record, 'validLoss'),
      read: (record) => numberIn(record, 'tokens') ?? 0,
      note: (record) => {
        this.#take(task, data, backend);
        return { accuracy: numberIn(record, 'validAccuracy') ?? 0 };
      },
      ended: () => this.#take(task, data, backend),
    };
  }

  /** Classifies with the present weights from now on. */
  #take({ model }: SentimentTask, { labels, tokenizer }: TrainingData, backend: Backend): void {
    this.#classifier?.[Symbol.dispose]();
    const config = modelJson(model.config, labels) as JsonObject;
    const weights = copied(savedTensors(model)); // the heap may grow for those of the classifier
    const files = { config, tokenizer: tokenizerJson(tokenizer) as JsonObject, weights };
    this.#classifier = new SentimentClassifier({ ...files, where: 'model' }, backend);
  }
}

const factsOf = ({ config, parameterCount }: SentimentModel): Omit<ModelFacts, 'backend'> => ({
  cells: [config.cell],
  hidden: config.hiddenSize,
  layers: config.numLayers,
  parameters: parameterCount,
});

const examples = (rows: readonly Row[]): Example[] =>
  rows.map(({ text, label }) => ({
    text: text.normalize('NFC'),
    label: label.trim(),
    where: workerStrings.examples,
  }));

/** Texts and labels as the library trains on them. @param origin a model whose tokenizer and labels are kept */
export async function dataOf(rows: readonly Row[], origin?: SentimentClassifier): Promise<TrainingData> {
  const given = rows.filter(({ text, label }) => text.trim() !== '' && label.trim() !== '');
  if (given.length < LEAST_ROWS) throw new DataError(workerStrings.tooFew(LEAST_ROWS));
  const { train, valid } = split(given);
  const held = examples(valid.length > 0 ? valid : train);
  if (origin) {
    const { tokenizer, labels } = origin;
    return {
      labels,
      tokenizer,
      train: await encodeExamples(tokenizer, labels, examples(train)),
      valid: await encodeExamples(tokenizer, labels, held),
      vectors: undefined,
    };
  }
  const labels = LabelSet.of(examples(train), workerStrings.examples);
  const targets = labels.indicesOf(examples(train));
  const { tokenizer, encoded } = SentimentTokenizer.fit(
    examples(train).map(({ text }) => text),
    targets,
    {
      cased: false,
      maxLength: 64,
      lexicon: true,
      nbFeatures: false,
      minCount: 1,
      bag: { wordNgrams: 2, skipBigrams: false, ending: 0, charNgrams: false, lexicon: true, normalize: false },
      numClasses: labels.size,
      minDf: 1,
      l2: 5,
    },
  );
  return {
    labels,
    tokenizer,
    train: { texts: encoded, labels: targets },
    valid: await encodeExamples(tokenizer, labels, held),
    vectors: undefined,
  };
}
