import { DataError } from './data-error.ts';

/** How well a language model predicts a text. */
export interface LanguageModelScore {
  /** Mean negative log-likelihood of a token, natural logarithm. */
  readonly nats: number;
  /** exp(nats): as unsure as among that many equally likely tokens. */
  readonly perplexity: number;
  /** All of the text's information over its characters, in bits: comparable between vocabularies. */
  readonly bitsPerCharacter: number;
  readonly characters: number;
  readonly tokens: number;
}

/**
 * The sum of negative log-likelihoods of a text, every token once, over their number: never a mean of batch means.
 *
 *     nats = Σ −ln p(token) / tokens      bitsPerCharacter = Σ −ln p(token) / ln 2 / characters
 */
export class LanguageModelTally {
  #nats = 0;
  #tokens = 0;
  #characters = 0;

  /**
   * @param nats the sum, not the mean, of −ln p over these tokens
   * @param characters how many characters they spell; their own number where a token is a character
   * @throws DataError when nats is not a number ≥ 0, which no probabilities can give
   */
  add(nats: number, tokens: number, characters: number = tokens): void {
    if (!(nats >= 0)) throw new DataError(`LanguageModelTally.add: nats must be a sum of −ln p, ≥ 0, got ${nats}`);
    this.#nats += nats;
    this.#tokens += tokens;
    this.#characters += characters;
  }

  /** @throws DataError when nothing was added: an empty text has no score */
  score(): LanguageModelScore {
    if (this.#tokens === 0 || this.#characters === 0)
      throw new DataError('LanguageModelTally.score: at least one token must have been added, got none');
    const nats = this.#nats / this.#tokens;
    return {
      nats,
      perplexity: Math.exp(nats),
      bitsPerCharacter: this.#nats / Math.LN2 / this.#characters,
      characters: this.#characters,
      tokens: this.#tokens,
    };
  }
}
