/** A text as the networks read it: T tokens, of which each has a number, its spelling, and what is known of it outright. */
export interface TokenText {
  /** [T] numbers in the vocabulary, 0 for the unknown */
  readonly ids: Int32Array;
  /** [T] */
  readonly words: readonly string[];
  /** [T · S] what the lexicon says of each token */
  readonly signals: Float32Array;
}

/** A text as both sides read it. */
export interface EncodedText extends TokenText {
  /** [C] what the bag of words says of the text */
  readonly prior: Float32Array;
}
