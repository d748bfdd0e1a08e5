/** The T tokens of a text, encoded for the networks. */
export interface EncodedTokens {
  /** [T] ids in the vocabulary, 0 for unknown words */
  readonly ids: Int32Array;
  /** [T] */
  readonly words: readonly string[];
  /** [T · F] hand-crafted features of each token */
  readonly features: Float32Array;
}

/** A text encoded for both components of the model. */
export interface EncodedText extends EncodedTokens {
  /** [C] the logits of the bag of words */
  readonly bagLogits: Float32Array;
}
