import { type BackendName, selectBackend } from '@unroll/kernels';
import {
  type Backend,
  builtFrom,
  CheckpointError,
  loadModelFiles,
  loadWeights,
  type ModelFiles,
  type ModelSource,
  Parameters,
  Rng,
} from '@unroll/rnn-core';
import { type CharacterVocabulary, type EncodedText, vocabularyFromJson } from '@unroll/text';
import { scorePieces, type TextScore } from './evaluation/text-score.ts';
import { GENERATE_DEFAULTS, type GenerateOptions, generate, type LanguageModel } from './generation/generate.ts';
import { CharLmModel } from './model/char-lm-model.ts';
import { modelConfigSchema } from './model/model-config-schema.ts';

/** Of {@link CharLm.load}. */
export interface LoadOptions {
  /** A backend, which the caller closes, or the name of one; by default the fastest that runs here. */
  readonly backend?: Backend | BackendName;
}

/** Of {@link CharLm.generate}. */
export interface GenerationOptions extends Partial<Omit<GenerateOptions, 'rng'>> {
  /** The same seed generates the same text; 1 by default. */
  readonly seed?: number;
}

/** The score of a text, and of each of its characters. */
export interface ScoredText extends TextScore {
  readonly perCharacter: readonly ScoredCharacter[];
}

/** A character of a text with how improbable it was. */
export interface ScoredCharacter {
  readonly character: string;
  /** −log₂ p, given all characters before it. */
  readonly bits: number;
}

/**
 * A trained character language model: the network, its vocabulary and the backend that computes.
 *
 *     using lm = await CharLm.load('runs/char-lm-moby-dick-1');
 *     lm.generate({ prompt: 'Call me ', maxLength: 200, temperature: 0.7 });
 */
export class CharLm implements LanguageModel, Disposable {
  readonly model: CharLmModel;
  readonly vocabulary: CharacterVocabulary;
  readonly backend: Backend;
  /** The memory of the network's weights. */
  readonly parameters: Parameters;
  #ownsBackend = false;

  /**
   * Loads a model: the path of its folder in Node, a URL, or the bytes of `config.json`, `tokenizer.json` and
   * `model.safetensors` by name.
   *
   * @throws CheckpointError when a file is missing or damaged
   * @throws BackendError when the named backend does not run here
   */
  static async load(source: ModelSource, { backend = 'auto' }: LoadOptions = {}): Promise<CharLm> {
    const files = await loadModelFiles(source, 'char-lm');
    if (typeof backend !== 'string') return new CharLm(files, backend);
    const selected = await selectBackend({ backend });
    const lm = new CharLm(files, selected.backend);
    lm.#ownsBackend = true;
    return lm;
  }

  /** @throws CheckpointError when the files do not hold a character language model */
  constructor({ config: json, tokenizer, weights, where }: ModelFiles, backend: Backend) {
    const config = modelConfigSchema.safeParse(json);
    if (!config.success)
      throw new CheckpointError(
        `${where}/config.json: must describe a character language model; the file is damaged or from another version`,
      );
    this.vocabulary = builtFrom(`${where}/tokenizer.json`, () => vocabularyFromJson(tokenizer));
    this.backend = backend;
    this.model = new CharLmModel(config.data);
    this.parameters = Parameters.create(this.model, backend);
    loadWeights(this.parameters, weights, where);
  }

  /** Returns the text that follows the prompt. */
  generate(options: GenerationOptions = {}): string {
    return [...this.stream(options)].join('');
  }

  /** Generates the text that follows the prompt, piece by piece. */
  *stream({ seed = 1, ...options }: GenerationOptions = {}): Generator<string, void> {
    const rng = Rng.seeded(seed).split('sample').split(0);
    for (const { text } of generate(this, { ...GENERATE_DEFAULTS, ...options, rng })) if (text !== '') yield text;
  }

  /** Scores a text from its beginning. */
  async score(text: string): Promise<ScoredText> {
    const perCharacter: ScoredCharacter[] = [];
    const score = await this.scorePieces([text], (characters) => {
      for (const character of characters) perCharacter.push(character);
    });
    return { ...score, perCharacter };
  }

  /**
   * Scores a text that comes in pieces, such as a file larger than memory.
   *
   * @param pieces each of whole characters
   * @param onPiece is given the characters of each
   */
  async scorePieces(
    pieces: AsyncIterable<string> | Iterable<string>,
    onPiece?: (characters: readonly ScoredCharacter[]) => void | Promise<void>,
  ): Promise<TextScore> {
    return await scorePieces(
      this,
      pieces,
      onPiece && ((encoded, nats) => onPiece(this.#charactersOf(encoded, nats))),
    );
  }

  /** @param nats those of the network, to which the bytes of unknown characters are added */
  #charactersOf(encoded: EncodedText, nats: Float64Array): ScoredCharacter[] {
    encoded.addFallbackNats(nats);
    const decoder = this.vocabulary.streamDecoder(encoded.fallback);
    const characters: ScoredCharacter[] = [];
    let bits = 0;
    for (const [k, id] of encoded.ids.entries()) {
      bits += (nats[k] as number) / Math.LN2;
      const character = decoder.push(id);
      if (character === '') continue; // in the middle of its bytes
      characters.push({ character, bits });
      bits = 0;
    }
    return characters;
  }

  /** Frees the weights, and closes the backend unless the caller gave it. */
  [Symbol.dispose](): void {
    this.parameters.free();
    if (this.#ownsBackend) this.backend.close();
  }
}
