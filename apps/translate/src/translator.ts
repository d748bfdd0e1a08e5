import { type BackendName, selectBackend } from '@unroll/kernels';
import {
  type Backend,
  builtFrom,
  CheckpointError,
  ConfigError,
  loadModelFiles,
  loadWeights,
  type ModelFiles,
  type ModelSource,
  Parameters,
  type Rng,
  Tape,
  yieldToEventLoop,
} from '@unroll/rnn-core';
import { noDropout } from './model/dropout.ts';
import { modelConfigSchema } from './model/model-config.ts';
import { TranslationModel } from './model/translation-model.ts';
import { type BeamSearchOptions, beamSearch } from './search/beam-search.ts';
import type { Hypothesis } from './search/hypothesis.ts';
import { type SamplingOptions, sampleTranslations } from './search/sampling.ts';
import { cleaned, type TextPair, TranslationTokenizer } from './tokenizer.ts';
import { teacherForcing } from './training/teacher-forcing.ts';

/** Of {@link Translator.load}. */
export interface LoadOptions {
  /** A backend, which the caller closes, or the name of one; by default the fastest that runs here. */
  readonly backend?: Backend | BackendName;
}

/** A translation with its score. */
export interface Translation extends Hypothesis {
  readonly text: string;
}

/** Of {@link Translator.translate}. */
export interface TranslateOptions extends Partial<BeamSearchOptions> {
  /** Sentences translated at a time. */
  readonly batchSize?: number;
}

/** How probable a given translation is. */
export interface TranslationScore {
  /** Tokens of the target, the end-of-sentence token included. */
  readonly tokens: number;
  /** Natural log-probability. */
  readonly logProbability: number;
  readonly natsPerToken: number;
}

/** The options of a search that a caller leaves out. */
export const DEFAULT_SEARCH = {
  beamSize: 5,
  nBest: 1,
  lengthPenalty: 1,
  coveragePenalty: 0,
  noRepeatNgramSize: 0,
  minLength: 0,
  withAttention: false,
  batchSize: 64,
};

const EMPTY: Translation = { ids: new Int32Array(0), text: '', score: 0, logProbability: 0, attention: [] };

/**
 * A trained translation model: the network, its tokenizer and the backend that computes.
 *
 *     using translator = await Translator.load('runs/translate-multi30k-en-fr-1');
 *     await translator.translate('A dog runs.'); // 'Un chien court.'
 */
export class Translator implements Disposable {
  readonly model: TranslationModel;
  readonly tokenizer: TranslationTokenizer;
  readonly backend: Backend;
  readonly #close: () => void;

  /**
   * Loads a model: the path of its folder in Node, a URL, or the bytes of `config.json`, `tokenizer.json` and
   * `model.safetensors` by name.
   *
   * @throws CheckpointError when a file is missing or damaged
   * @throws BackendError when the named backend does not run here
   */
  static async load(source: ModelSource, { backend = 'auto' }: LoadOptions = {}): Promise<Translator> {
    const files = await loadModelFiles(source, 'translate');
    if (typeof backend !== 'string') return Translator.create(files, backend);
    const selected = await selectBackend({ backend });
    return Translator.create(files, selected.backend, () => selected.backend.close());
  }

  /**
   * A translator from parsed files.
   *
   * @param close closes the backend, when the translator owns it
   * @throws CheckpointError when the files are not those of a translation model
   */
  static create(files: ModelFiles, backend: Backend, close: () => void = () => {}): Translator {
    const { where } = files;
    const config = modelConfigSchema.safeParse(files.config);
    if (!config.success)
      throw new CheckpointError(
        `${where}/config.json: must describe a translation model; the file is damaged or from another version`,
      );
    const tokenizer = builtFrom(`${where}/tokenizer.json`, () => TranslationTokenizer.fromJson(files.tokenizer));
    const model = new TranslationModel(config.data);
    const parameters = Parameters.create(model, backend);
    loadWeights(parameters, files.weights, where);
    return new Translator({ model, tokenizer, backend }, () => {
      parameters.free();
      close();
    });
  }

  /** @param close frees what the translator owns */
  constructor(
    { model, tokenizer, backend }: Pick<Translator, 'model' | 'tokenizer' | 'backend'>,
    close: () => void = () => {},
  ) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.backend = backend;
    this.#close = close;
  }

  /** The best translation of a sentence, or of each of several. @throws DataError when a sentence is too long */
  translate(text: string, options?: TranslateOptions): Promise<string>;
  translate(texts: readonly string[], options?: TranslateOptions): Promise<string[]>;
  async translate(texts: string | readonly string[], options?: TranslateOptions): Promise<string | string[]> {
    const found = await this.search([texts].flat(), { ...options, nBest: 1 });
    const best = found.map(([first]) => first?.text ?? '');
    return typeof texts === 'string' ? (best[0] ?? '') : best;
  }

  /**
   * The `nBest` translations of each sentence with their scores, best first; of an empty sentence one, which is empty.
   * Sentences of similar length are translated together.
   *
   * @throws DataError when a sentence is too long, naming its position
   * @throws ConfigError when `nBest` is over `beamSize`
   */
  async search(texts: readonly string[], options: TranslateOptions = {}): Promise<Translation[][]> {
    const { batchSize, ...search } = { ...DEFAULT_SEARCH, ...options };
    if (search.nBest > search.beamSize)
      throw new ConfigError(
        `Translator.search: nBest must be at most beamSize, ${search.beamSize}, got ${search.nBest}`,
      );
    const sources = texts.map((text, k) => this.tokenizer.encodeSource(text, `sentence ${k + 1}`));
    const lengthOf = (k: number): number => (sources[k]?.length ?? 1) - 1;
    const order = [...sources.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b).filter(lengthOf);
    const found: Translation[][] = texts.map(() => [EMPTY]);
    for (let from = 0; from < order.length; from += batchSize) {
      const batch = order.slice(from, from + batchSize);
      const hypotheses = beamSearch(
        this.#decoding,
        batch.map((k) => sources[k] as Int32Array),
        search,
      );
      for (const [n, best] of hypotheses.entries())
        found[batch[n] as number] = best.map((one) => this.#withText(one));
      await yieldToEventLoop();
    }
    return found;
  }

  /**
   * Translations of a sentence sampled at random; of an empty sentence one, which is empty.
   *
   * @throws DataError when the sentence is too long
   */
  sample(text: string, options: SamplingOptions, rng: Rng): Translation[] {
    const source = this.tokenizer.encodeSource(text);
    if (source.length === 1) return [EMPTY];
    return sampleTranslations(this.#decoding, source, options, rng).map((one) => this.#withText(one));
  }

  /**
   * How probable a given translation is.
   *
   * @param where what the error calls the pair
   * @throws DataError when a side is too long
   */
  score({ source, target }: TextPair, where = 'pair'): TranslationScore {
    using _ = new Tape(this.backend, { record: false });
    const pair = this.tokenizer.encodePair({ source: cleaned(source), target: cleaned(target) }, where);
    const { loss, tokens } = teacherForcing(this.model, [pair], this.tokenizer.eos, noDropout);
    const natsPerToken = loss.item();
    return { tokens, logProbability: -natsPerToken * tokens, natsPerToken };
  }

  /** Frees the weights, and closes the backend unless the caller gave it. */
  [Symbol.dispose](): void {
    this.#close();
  }

  get #decoding() {
    return { model: this.model, backend: this.backend, eos: this.tokenizer.eos.target };
  }

  #withText(hypothesis: Hypothesis): Translation {
    return { ...hypothesis, text: this.tokenizer.target.decode(hypothesis.ids) };
  }
}
