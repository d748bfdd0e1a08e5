import { DataError } from './data-error.ts';

/** Metrics of a language model on a text; lower is better. */
export interface LanguageModelScore {
  /** Mean negative log-likelihood of a token, in nats. */
  readonly nats: number;
  /** exp(nats): the number of equally likely tokens with the same uncertainty. */
  readonly perplexity: number;
  /** Total negative log-likelihood in bits over the number of characters: comparable between vocabularies. */
  readonly bitsPerCharacter: number;
  readonly characters: number;
  readonly tokens: number;
}

/**
 * Sums the negative log-likelihoods of a text, every token once, and divides by their number: never a mean of batch means.
 *
 *     nats = Σ −ln p(token) / tokens      bitsPerCharacter = Σ −ln p(token) / ln 2 / characters
 */
export class LanguageModelTally {
  #nats = 0;
  #tokens = 0;
  #characters = 0;

  /**
   * @param nats sum (not mean) of −ln p over these tokens
   * @param characters number of characters in these tokens; default: one each
   * @throws DataError when `nats` is negative or NaN
   */
  add(nats: number, tokens: number, characters: number = tokens): void {
    if (!(nats >= 0)) throw new DataError(`LanguageModelTally.add: nats must be a sum of −ln p, ≥ 0, got ${nats}`);
    this.#nats += nats;
    this.#tokens += tokens;
    this.#characters += characters;
  }

  /** @throws DataError when no token was added */
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
