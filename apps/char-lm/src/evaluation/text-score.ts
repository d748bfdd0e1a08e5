import { type LanguageModelScore, LanguageModelTally } from '@unroll/metrics';
import { type Backend, Tape } from '@unroll/rnn-core';
import type { CharacterVocabulary, EncodedText } from '@unroll/text';
import type { CharLmModel } from '../model/char-lm-model.ts';
import { startOfText } from '../tokenizer.ts';
import { negativeLogLikelihoods } from './likelihood.ts';

/** How well a model predicts a text. */
export interface TextScore extends LanguageModelScore {
  /** Fraction of the characters that the training text did not hold, and that are spelled in bytes. */
  readonly fallbackRate: number;
}

/** Adds up the score of a text from its parts. */
export class TextTally {
  readonly #tally = new LanguageModelTally();
  #unseen = 0;

  /**
   * Adds a text.
   *
   * @param nats [N] the network's negative log-likelihood of each id; those of fallback bytes are added here
   */
  add(encoded: EncodedText, nats: Float64Array): this {
    const sum = nats.reduce((sum, x) => sum + x, 0);
    this.#tally.add(sum + encoded.fallbackNats, encoded.ids.length, encoded.characters);
    this.#unseen += encoded.fallback.size;
    return this;
  }

  /** The score of all texts together. */
  score(): TextScore {
    const score = this.#tally.score();
    return { ...score, fallbackRate: this.#unseen / score.characters };
  }
}

/** A model with its vocabulary. */
export interface CharacterModel {
  readonly model: CharLmModel;
  readonly vocabulary: CharacterVocabulary;
  readonly backend: Backend;
}

/**
 * Scores a text from its beginning, piece by piece, so that one larger than memory can be scored. The state is carried from
 * each piece to the next.
 *
 * @param pieces each of whole characters
 * @param onPiece is given the ids of a piece and their negative log-likelihoods, in nats
 */
export async function scorePieces(
  { model, vocabulary, backend }: CharacterModel,
  pieces: AsyncIterable<string> | Iterable<string>,
  onPiece: (encoded: EncodedText, nats: Float64Array) => void | Promise<void> = () => undefined,
): Promise<TextScore> {
  using session = new Tape(backend, { record: false });
  const state = model.zeroState(1);
  const tally = new TextTally();
  let context = startOfText(vocabulary);
  for await (const piece of pieces) {
    const encoded = vocabulary.encodeWithFallback(piece.normalize('NFC'));
    if (encoded.ids.length === 0) continue;
    const nats = await negativeLogLikelihoods(model, session.backend, encoded.ids, { context, state });
    context = encoded.ids.slice(-1);
    tally.add(encoded, nats);
    await onPiece(encoded, nats);
  }
  return tally.score();
}
