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
import {
  type Backend,
  builtFrom,
  DataError,
  loadModelFiles,
  loadWeights,
  type ModelFiles,
  Rng,
  savedTensors,
} from '@unroll/rnn-core';
import { type CharacterVocabulary, vocabularyFromJson, vocabularyFromText } from '@unroll/text';
import type { Compute } from '../shell/compute.ts';
import type { ModelFacts } from '../shell/model-facts.ts';
import { numberIn, type Training, TrainingSession } from '../shell/training-session.ts';
import type { ModelBytes, ModelFolderContent } from '../storage/model-folder.ts';
import { workerStrings } from '../strings.ts';
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

const VALIDATIONS = 40; // at most, of a run
const SAMPLE_LENGTH = 240;
const TRAIN_FRACTION = 0.9; // as `char-lm train --data`

/** The room's work: one model at a time, loaded or in training. Lives in the worker. */
export class WriteSession extends TrainingSession<WriteSetup, string> {
  #lm: (LanguageModel & Disposable) | undefined;
  #heldOut = '';

  constructor() {
    super('write');
  }

  /** Loads a trained model, to read and write with. @throws CheckpointError */
  async load(files: ModelBytes, compute: Compute): Promise<ModelFacts> {
    const parsed = await loadModelFiles(files, 'char-lm');
    await this.pause();
    const backend = await this.open(compute);
    const lm = new CharLm(parsed, backend);
    this.#lm = lm;
    this.best = { step: 0, weights: parsed.weights };
    return { ...factsOf(lm.model), backend: backend.description };
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

  protected override content(name: string): ModelFolderContent | undefined {
    const lm = this.#lm;
    return (
      lm && {
        app: 'char-lm',
        architecture: 'CharLmModel', // not its `name`, which a bundler shortens
        config: { ...lm.model.config },
        tokenizer: { ...lm.vocabulary.toJSON() },
        step: this.best?.step ?? 0,
        weights: this.best?.weights ?? savedTensors(lm.model),
        readme: workerStrings.modelCard.write(name),
      }
    );
  }

  protected override release(): void {
    this.#lm?.[Symbol.dispose]();
    this.#lm = undefined;
  }

  protected override async begin(
    { settings, text, loaded }: WriteSetup,
    isNew: boolean,
    backend: Backend,
  ): Promise<Training<string>> {
    const start = loaded && settings.start === 'loaded' ? await loadModelFiles(loaded, 'char-lm') : undefined;
    const corpus = corpusOf(text, start && builtFrom('tokenizer.json', () => vocabularyFromJson(start.tokenizer)));
    this.#heldOut = text.slice(cutOf(text));
    const options = { ...trainingOptions(settings), ...(start && configOf(start, backend)) };
    const task = new CharLmTask(options, corpus, backend, settings.steps);
    const { model } = task;
    const lm = { model, vocabulary: corpus.vocabulary, backend, [Symbol.dispose]: () => task[Symbol.dispose]() };
    this.#lm = lm;
    if (start && isNew) loadWeights(task.learner.parameters, start.weights);
    return {
      task,
      validateEvery: Math.max(10, Math.ceil(settings.steps / VALIDATIONS)),
      facts: factsOf(model),
      trainLoss: (record) => {
        const nats = numberIn(record, 'loss');
        return nats === undefined ? undefined : nats / Math.LN2;
      },
      validLoss: (record) => numberIn(record, 'validBitsPerCharacter'),
      read: () => BATCH_SIZE * BPTT,
      note: () => generated(lm, { seed: settings.seed, temperature: 0.7 }),
    };
  }
}

const factsOf = ({ config, parameterCount }: CharLmModel): Omit<ModelFacts, 'backend'> => ({
  cells: [config.cell],
  hidden: config.hiddenSize,
  layers: config.numLayers,
  parameters: parameterCount,
});

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
  if (corpus.train.length < least) throw new DataError(workerStrings.textTooShort(Math.ceil(least / TRAIN_FRACTION)));
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
