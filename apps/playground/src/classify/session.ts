import { selectBackend } from '@unroll/kernels';
import { type Backend, DataError, fit, type JsonObject, MemoryCheckpoints, savedTensors } from '@unroll/rnn-core';
import {
  type Example,
  type Explanation,
  encodeExamples,
  explain,
  LabelSet,
  modelJson,
  SentimentClassifier,
  SentimentTask,
  SentimentTokenizer,
  type TrainingData,
  tokenizerJson,
} from '@unroll/sentiment';
import { Curve, type CurvePoint } from '../shell/curve.ts';
import { modelFiles, zipped } from '../storage/model-folder.ts';
import { strings } from '../strings.ts';
import { type Row, split } from './examples.ts';
import { type ClassifySettings, trainingOptions } from './settings.ts';

/** What the page is told after each validation. */
export interface ClassifyProgress {
  readonly step: number;
  readonly points: readonly CurvePoint[];
  readonly accuracy: number;
}

const LEAST_ROWS = 10;
const VALIDATE_EVERY = 10;

/** The room's work: trains a classifier on a table, and explains its predictions. Lives in the worker. */
export class ClassifySession {
  #backend: Backend | undefined;
  #data: TrainingData | undefined;
  #checkpoints = new MemoryCheckpoints();
  #curve = new Curve();
  #classifier: SentimentClassifier | undefined;
  #stop = { aborted: false };
  #running: Promise<unknown> = Promise.resolve();

  /**
   * Trains until the last step or until it is paused.
   *
   * @param resume goes on with the run before, with what is new in the settings
   * @returns the last step
   */
  async train(
    settings: ClassifySettings,
    rows: readonly Row[],
    resume: boolean,
    threads: number,
    report: (progress: ClassifyProgress) => void,
  ): Promise<number> {
    const before = this.pause();
    const stop = { aborted: false };
    this.#stop = stop;
    const running = (async () => {
      await before;
      await this.#open(threads);
      if (!resume || !this.#data) {
        this.#data = await dataOf(rows);
        this.#checkpoints = new MemoryCheckpoints();
        this.#curve = new Curve();
      }
      return this.#fit(settings, this.#data, stop, report);
    })();
    this.#running = running.catch(() => undefined);
    return running;
  }

  /** Stops after the present step. */
  async pause(): Promise<void> {
    this.#stop.aborted = true;
    await this.#running;
  }

  explain(text: string): Explanation | undefined {
    return this.#classifier && explain(this.#classifier, text.normalize('NFC'));
  }

  /** The model as a zip file of the folder that `sentiment` opens in Node. */
  download(name: string): Uint8Array | undefined {
    const classifier = this.#classifier;
    if (!classifier) return undefined;
    const files = modelFiles({
      app: 'sentiment',
      architecture: 'SentimentModel',
      config: modelJson(classifier.model.config, classifier.labels),
      tokenizer: tokenizerJson(classifier.tokenizer),
      step: this.#checkpoints.last()?.step ?? 0,
      weights: savedTensors(classifier.model),
      readme: strings.classify.modelCard(name),
    });
    return zipped(name, files);
  }

  async #open(threads: number): Promise<void> {
    if (this.#backend?.threads === threads) return;
    this.#classifier?.[Symbol.dispose]();
    this.#classifier = undefined;
    this.#backend?.close();
    this.#backend = (await selectBackend({ backend: 'auto', exact: true, threads })).backend;
  }

  async #fit(
    settings: ClassifySettings,
    data: TrainingData,
    stop: { aborted: boolean },
    report: (progress: ClassifyProgress) => void,
  ): Promise<number> {
    const backend = this.#backend as Backend;
    using task = new SentimentTask(trainingOptions(settings), data, backend, settings.steps);
    let since = performance.now();
    const { step } = await fit(task, {
      steps: settings.steps,
      validateEvery: VALIDATE_EVERY,
      checkpoints: this.#checkpoints,
      signal: stop,
      log: ({ step, ...record }) => {
        if (typeof record['loss'] === 'number') this.#curve.trained(step, record['loss']);
        if (typeof record['validLoss'] !== 'number') return;
        this.#curve.validated(step, record['validLoss']);
        this.#take(task, data);
        const points = this.#curve.take((performance.now() - since) / 1000);
        since = performance.now();
        report({ step, points, accuracy: Number(record['validAccuracy']) });
      },
    });
    if (!this.#classifier) this.#take(task, data);
    return step;
  }

  /** Classifies with the present weights from now on. */
  #take({ model }: SentimentTask, { labels, tokenizer }: TrainingData): void {
    this.#classifier?.[Symbol.dispose]();
    const config = modelJson(model.config, labels) as JsonObject;
    const files = { config, tokenizer: tokenizerJson(tokenizer) as JsonObject, weights: savedTensors(model) };
    this.#classifier = new SentimentClassifier({ ...files, where: 'model' }, this.#backend as Backend);
  }
}

const examples = (rows: readonly Row[]): Example[] =>
  rows.map(({ text, label }) => ({
    text: text.normalize('NFC'),
    label: label.trim(),
    where: strings.classify.examples,
  }));

/** Texts and labels as the library trains on them. */
export async function dataOf(rows: readonly Row[]): Promise<TrainingData> {
  const given = rows.filter(({ text, label }) => text.trim() !== '' && label.trim() !== '');
  if (given.length < LEAST_ROWS) throw new DataError(strings.classify.tooFew(LEAST_ROWS));
  const { train, valid } = split(given);
  const labels = LabelSet.of(examples(train), strings.classify.examples);
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
      bag: { wordNgrams: 2, charNgrams: false, lexicon: true },
      numClasses: labels.size,
      minDf: 1,
      l2: 5,
    },
  );
  return {
    labels,
    tokenizer,
    train: { texts: encoded, labels: targets },
    valid: await encodeExamples(tokenizer, labels, examples(valid.length > 0 ? valid : train)),
    vectors: undefined,
  };
}
