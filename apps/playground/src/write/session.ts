import {
  CharLm,
  type CharLmConfig,
  type CharLmModel,
  CharLmTask,
  encodeCorpus,
  GENERATE_DEFAULTS,
  generate,
  type LanguageModel,
} from '@unroll/char-lm';
import { selectBackend } from '@unroll/kernels';
import {
  type Backend,
  builtFrom,
  DataError,
  fit,
  initialCheckpoint,
  loadModelFiles,
  loadWeights,
  type MetricsRecord,
  type ModelFiles,
  Rng,
  type SavedTensors,
  savedTensors,
} from '@unroll/rnn-core';
import { type CharacterVocabulary, vocabularyFromJson, vocabularyFromText } from '@unroll/text';
import { Curve, type CurvePoint, type ShownRun } from '../shell/curve.ts';
import { type ModelBytes, modelFiles, zipped } from '../storage/model-folder.ts';
import { forgetRun, RunStore, type SavedRun, savedRun } from '../storage/run-store.ts';
import { strings } from '../strings.ts';
import { type Moment, similarMoments } from './moments.ts';
import { connectivity, type Reading, readText } from './reading.ts';
import { BATCH_SIZE, BPTT, trainingOptions, type WriteSettings } from './settings.ts';

/** What a run is started with, and saved with. */
export interface WriteSetup {
  readonly settings: WriteSettings;
  readonly text: string;
  /** The model whose weights it starts from; undefined for random ones. */
  readonly loaded: ModelBytes | undefined;
}

/** What the page is told while a run goes on, about five times a second. */
export interface Progress {
  readonly step: number;
  readonly points: readonly CurvePoint[];
  readonly charactersPerSecond: number;
  /** What the model writes, after a validation. */
  readonly sample?: string;
  /** Once, when the run begins. */
  readonly model?: LoadedModel;
}

export interface LoadedModel {
  readonly cell: string;
  readonly hidden: number;
  readonly layers: number;
  readonly parameters: number;
}

/** A run that the page may resume. */
export interface Resumable {
  readonly setup: WriteSetup;
  readonly step: number;
  readonly shown: ShownRun;
}

const ROOM = 'write';
const REPORT_MS = 200;
const VALIDATIONS = 40; // at most, of a run
const SAMPLE_LENGTH = 240;
const TRAIN_FRACTION = 0.9; // as `char-lm train --data`

/** The room's work: one model at a time, loaded or in training. Lives in the worker. */
export class WriteSession {
  #backend: Backend | undefined;
  #lm: (LanguageModel & Disposable) | undefined;
  /** What {@link download} writes when there is no better validated model: the step that the model is of. */
  #best: { readonly step: number; readonly weights: SavedTensors } | undefined;
  #stop: { aborted: boolean } | undefined;
  #running: Promise<unknown> | undefined;
  #heldOut = '';

  /** Loads a trained model, to read and write with. @throws CheckpointError */
  async load(files: ModelBytes, threads: number): Promise<LoadedModel> {
    const parsed = await loadModelFiles(files, 'char-lm');
    await this.pause();
    const lm = new CharLm(parsed, await this.#open(threads));
    this.#lm = lm;
    this.#best = { step: 0, weights: parsed.weights };
    return sizesOf(lm.model);
  }

  /** The run that a reload or a closed page has left; undefined when there is none. */
  async resumable(): Promise<Resumable | undefined> {
    const run = await savedRun<WriteSetup>(ROOM).catch(() => undefined);
    return run && { setup: run.setup, step: run.checkpoint.step, shown: run.shown as ShownRun };
  }

  forget(): Promise<unknown> {
    return forgetRun(ROOM);
  }

  /**
   * Trains until the last step or until it is paused.
   *
   * @param resume continues the saved run, with what `setup` changes of its settings
   * @returns the last step
   */
  async train(
    setup: WriteSetup,
    resume: boolean,
    threads: number,
    report: (progress: Progress) => void,
  ): Promise<{ step: number; description: string }> {
    const before = this.pause();
    const stop = { aborted: false }; // from now on a pause is of this run
    this.#stop = stop;
    const running = (async () => {
      await before;
      const saved = resume ? await savedRun<WriteSetup>(ROOM) : undefined;
      const backend = await this.#open(threads);
      return { step: await this.#fit(setup, saved, backend, stop, report), description: backend.description };
    })();
    this.#running = running.catch(() => undefined);
    return await running;
  }

  /** Stops after the present step, and saves it. */
  async pause(): Promise<void> {
    if (this.#stop) this.#stop.aborted = true;
    await this.#running;
  }

  read(text: string): Reading | undefined {
    return this.#lm && readText(this.#lm, text);
  }

  connectivity(text: string, position: number): Float32Array | undefined {
    return this.#lm && connectivity(this.#lm, text, position);
  }

  /** @param within the text that is searched when nothing is trained on */
  moments(state: Float32Array, within: string): Moment[] {
    return this.#lm ? similarMoments(this.#lm, this.#heldOut || within, state) : [];
  }

  write(prompt: string, temperature: number, seed: number): string {
    return this.#lm ? generated(this.#lm, { prompt, temperature, seed }) : '';
  }

  /** The model as a zip file of the folder that `char-lm` opens in Node: its best weights so far, else the present ones. */
  async download(name: string): Promise<Uint8Array> {
    const lm = this.#lm;
    if (!lm) throw new DataError(strings.write.nothingToSave);
    const { step, weights } = this.#best ?? { step: 0, weights: savedTensors(lm.model) };
    const files = modelFiles({
      app: 'char-lm',
      architecture: 'CharLmModel', // not its `name`, which a bundler shortens
      config: { ...lm.model.config },
      tokenizer: { ...lm.vocabulary.toJSON() },
      step,
      weights,
      readme: strings.write.modelCard(name),
    });
    return zipped(name, files);
  }

  async #fit(
    setup: WriteSetup,
    saved: SavedRun<WriteSetup> | undefined,
    backend: Backend,
    stop: { aborted: boolean },
    report: (progress: Progress) => void,
  ): Promise<number> {
    const { settings, text, loaded } = setup;
    const start = loaded && settings.start === 'loaded' ? await loadModelFiles(loaded, 'char-lm') : undefined;
    const corpus = corpusOf(text, start && builtFrom('tokenizer.json', () => vocabularyFromJson(start.tokenizer)));
    this.#heldOut = text.slice(cutOf(text));
    const options = { ...trainingOptions(settings), ...(start && configOf(start, backend)) };
    const task = new CharLmTask(options, corpus, backend, settings.steps);
    const { model } = task;
    this.#lm = { model, vocabulary: corpus.vocabulary, backend, [Symbol.dispose]: () => task[Symbol.dispose]() };
    this.#best = saved?.best && { step: saved.checkpoint.step, weights: saved.best };
    const curve = new Curve(saved?.shown as ShownRun | undefined);
    const store = new RunStore<WriteSetup>(ROOM, setup, () => curve.shown, saved);
    if (!saved) {
      if (start) loadWeights(task.learner.parameters, start.weights);
      await store.save(initialCheckpoint(task), { isBest: false });
    }

    report({ step: saved?.checkpoint.step ?? 0, points: [], charactersPerSecond: 0, model: sizesOf(model) });
    let characters = 0;
    let since = performance.now();
    const send = (step: number, sample?: string): void => {
      const ms = performance.now() - since;
      const charactersPerSecond = (1000 * characters) / ms;
      const points = curve.take(ms / 1000);
      [characters, since] = [0, performance.now()];
      report({ step, points, charactersPerSecond, ...(sample !== undefined && { sample }) });
    };
    const log = (record: MetricsRecord): void => {
      const { step } = record;
      if (typeof record['validBitsPerCharacter'] === 'number') {
        curve.validated(step, record['validBitsPerCharacter']);
        const sample = generated(this.#lm as LanguageModel, { seed: settings.seed, temperature: 0.7 });
        curve.sample = sample;
        send(step, sample);
      } else if (typeof record['loss'] === 'number') {
        curve.trained(step, record['loss'] / Math.LN2);
        characters += BATCH_SIZE * BPTT;
        if (performance.now() - since > REPORT_MS) send(step);
      }
    };
    const { step } = await fit(task, {
      steps: settings.steps,
      validateEvery: Math.max(10, Math.ceil(settings.steps / VALIDATIONS)),
      checkpoints: {
        last: () => store.last(),
        best: () => store.best(),
        save: async (checkpoint, options) => {
          await store.save(checkpoint, options);
          const best = store.best();
          if (best && options.isBest) this.#best = { step: checkpoint.step, weights: best };
        },
      },
      log,
      signal: stop,
    });
    send(step);
    return step;
  }

  /** The backend, on so many threads; what was made on another one is gone. */
  async #open(threads: number): Promise<Backend> {
    this.#lm?.[Symbol.dispose]();
    this.#lm = this.#best = undefined;
    if (this.#backend && this.#backend.threads !== threads) {
      this.#backend.close();
      this.#backend = undefined;
    }
    this.#backend ??= (await selectBackend({ backend: 'auto', exact: true, threads })).backend;
    return this.#backend;
  }
}

function sizesOf({ config, parameterCount }: CharLmModel): LoadedModel {
  return { cell: config.cell, hidden: config.hiddenSize, layers: config.numLayers, parameters: parameterCount };
}

/** What decides the shapes of a loaded model's weights. */
function configOf(files: ModelFiles, backend: Backend): CharLmConfig {
  using lm = new CharLm(files, backend);
  return lm.model.config;
}

function corpusOf(text: string, vocabulary: CharacterVocabulary | undefined) {
  const composed = text.normalize('NFC');
  const cut = cutOf(composed);
  const [train, valid] = [composed.slice(0, cut), composed.slice(cut)];
  const least = BATCH_SIZE * BPTT + 1;
  const corpus = encodeCorpus(
    { name: 'text', train, valid, test: undefined },
    vocabulary ?? vocabularyFromText(train, 'codepoint'),
  );
  if (corpus.train.length < least) throw new DataError(strings.write.textTooShort(Math.ceil(least / TRAIN_FRACTION)));
  return corpus;
}

/** Where the held-out part begins, never between the two halves of one character. */
function cutOf(text: string): number {
  const at = Math.floor(text.length * TRAIN_FRACTION);
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at;
}

function generated(
  lm: LanguageModel,
  { seed, ...options }: { readonly prompt?: string; readonly temperature: number; readonly seed: number },
): string {
  const rng = Rng.seeded(seed).split('sample').split(0); // as `char-lm sample --seed`
  const characters = generate(lm, { ...GENERATE_DEFAULTS, maxLength: SAMPLE_LENGTH, ...options, rng });
  return Array.from(characters, ({ text }) => text).join('');
}
