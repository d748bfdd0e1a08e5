import { type Backend, Rng } from '@unroll/rnn-core';
import type { CharacterVocabulary } from '@unroll/text';
import { negativeLogLikelihoods, scoreText, type TextScore } from './evaluation.ts';
import { GENERATE_DEFAULTS, type GenerateOptions, generate, type LanguageModel } from './generation/generate.ts';
import type { CharLmModel } from './model.ts';
import { startOfText } from './tokenizer.ts';

export interface GenerationOptions extends Partial<Omit<GenerateOptions, 'rng'>> {
  /** The same seed generates the same text; 1 by default. */
  readonly seed?: number;
}

/** The score of a text, and of each of its characters. */
export interface ScoredText extends TextScore {
  readonly perCharacter: readonly ScoredCharacter[];
}

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

  constructor({ model, vocabulary, backend }: LanguageModel) {
    this.model = model;
    this.vocabulary = vocabulary;
    this.backend = backend;
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
    const { model, vocabulary, backend } = this;
    const encoded = vocabulary.encodeWithFallback(text);
    const nats = await negativeLogLikelihoods(model, backend, encoded.ids, { context: startOfText(vocabulary) });
    const score = scoreText(encoded, nats);
    encoded.addFallbackNats(nats);

    const decoder = vocabulary.streamDecoder(encoded.fallback);
    const perCharacter: ScoredCharacter[] = [];
    let bits = 0;
    for (const [k, id] of encoded.ids.entries()) {
      bits += (nats[k] as number) / Math.LN2;
      const character = decoder.push(id);
      if (character === '') continue; // in the middle of its bytes
      perCharacter.push({ character, bits });
      bits = 0;
    }
    return { ...score, perCharacter };
  }

  [Symbol.dispose](): void {
    this.backend.close();
  }
}
