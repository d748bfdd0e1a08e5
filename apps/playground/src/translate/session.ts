import { type Backend, builtFrom, loadModelFiles, loadWeights, savedTensors } from '@unroll/rnn-core';
import {
  type TextPair,
  type TranslationModel,
  TranslationTask,
  TranslationTokenizer,
  Translator,
} from '@unroll/translate';
import type { Compute } from '../shell/compute.ts';
import type { ModelFacts } from '../shell/model-facts.ts';
import { numberIn, type Training, TrainingSession } from '../shell/training-session.ts';
import type { ModelBytes, ModelFolderContent } from '../storage/model-folder.ts';
import { workerStrings } from '../strings.ts';
import { type BeamTree, beamTree } from './beam-tree.ts';
import { drawnPairs, parsePairs } from './pairs.ts';
import { type TranslateSettings, trainingOptions } from './settings.ts';

/** What a run is started with, and saved with. */
export interface TranslateSetup {
  readonly settings: TranslateSettings;
  /** Pairs of one's own, a line each; empty for those of the grammar. */
  readonly pairs: string;
  /** The model whose weights it starts from; undefined for random ones. */
  readonly loaded: ModelBytes | undefined;
}

/** How the model translates held-out sentences. */
export interface TranslateNote {
  /** Fraction of those that are translated as they should be. */
  readonly correct: number;
  readonly samples: readonly (TextPair & { readonly translation: string })[];
}

const VALIDATIONS = 20; // at most, of a run
const TRIED = 20; // held-out sentences that are translated at each
const SHOWN = 3;
const VOCABULARY = 480; // 256 bytes, and most words of the grammar as a whole

/** The room's work: one translator, loaded or in training. Lives in the worker. */
export class TranslateSession extends TrainingSession<TranslateSetup, TranslateNote> {
  #translator: Translator | undefined;

  constructor() {
    super('translate');
  }

  /** Loads a trained model, to translate with. @throws CheckpointError */
  async load(files: ModelBytes, compute: Compute): Promise<ModelFacts> {
    const parsed = await loadModelFiles(files, 'translate');
    await this.pause();
    const backend = await this.open(compute);
    const translator = Translator.create(parsed, backend);
    this.#translator = translator;
    this.best = { step: 0, weights: parsed.weights };
    return { ...factsOf(translator.model), backend: backend.description };
  }

  /** Translates a sentence. @param prefix ids that the translation must begin with */
  translate(text: string, beamSize: number, prefix: readonly number[]): BeamTree | undefined {
    return this.#translator && beamTree(this.#translator, text, beamSize, prefix);
  }

  protected override content(name: string): ModelFolderContent | undefined {
    const translator = this.#translator;
    return (
      translator && {
        app: 'translate',
        architecture: 'TranslationModel',
        config: { ...translator.model.config },
        tokenizer: translator.tokenizer.toJson(),
        step: this.best?.step ?? 0,
        weights: this.best?.weights ?? savedTensors(translator.model),
        readme: workerStrings.modelCard.translate(name),
      }
    );
  }

  protected override release(): void {
    this.#translator?.[Symbol.dispose]();
    this.#translator = undefined;
  }

  protected override async begin(
    { settings, pairs, loaded }: TranslateSetup,
    isNew: boolean,
    backend: Backend,
  ): Promise<Training<TranslateNote>> {
    const start = loaded && settings.start === 'loaded' ? await loadModelFiles(loaded, 'translate') : undefined;
    const { train, valid } = settings.pairs === 'own' ? parsePairs(pairs) : drawnPairs(settings.seed);
    const tokenizer = start
      ? builtFrom('tokenizer.json', () => TranslationTokenizer.fromJson(start.tokenizer))
      : TranslationTokenizer.train(train, { vocabSize: VOCABULARY, jointVocab: false });
    const corpus = {
      tokenizer,
      train: train.map((pair) => ({ pair, ...tokenizer.encode(pair) })),
      valid: valid.map((pair) => tokenizer.encode(pair)),
    };
    const options = { ...trainingOptions(settings), ...(start && sizesOf(Translator.create(start, backend))) };
    const task = new TranslationTask(options, corpus, backend, settings.steps);
    if (start && isNew) loadWeights(task.learner.parameters, start.weights);
    const { model } = task;
    const translator = new Translator({ model, tokenizer, backend }, () => task[Symbol.dispose]());
    this.#translator = translator;
    return {
      task,
      validateEvery: Math.max(10, Math.ceil(settings.steps / VALIDATIONS)),
      facts: factsOf(model),
      trainLoss: (record) => numberIn(record, 'loss'),
      validLoss: (record) => numberIn(record, 'validLoss'),
      read: (record) => numberIn(record, 'tokens') ?? 0,
      note: () => noteOf(translator, valid.slice(0, TRIED)),
    };
  }
}

async function noteOf(translator: Translator, pairs: readonly TextPair[]): Promise<TranslateNote> {
  const found = await translator.translate(
    pairs.map(({ source }) => source),
    { beamSize: 1 },
  );
  const samples = pairs.map((pair, k) => ({ ...pair, translation: found[k] ?? '' }));
  const correct = samples.filter(({ target, translation }) => target === translation).length / pairs.length;
  return { correct, samples: samples.slice(0, SHOWN) };
}

/** What decides the shapes of a loaded model's weights. */
function sizesOf(translator: Translator) {
  using _ = translator;
  const {
    sourceVocabSize: _source,
    targetVocabSize: _target,
    sharedEmbedding: _shared,
    ...sizes
  } = translator.model.config;
  return sizes;
}

const factsOf = ({ config, parameterCount }: TranslationModel): Omit<ModelFacts, 'backend'> => ({
  cells: [config.cell],
  hidden: config.hiddenSize,
  layers: config.numLayers,
  parameters: parameterCount,
});
