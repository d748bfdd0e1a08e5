/** Text to ids and back. Every tokenizer of this package implements it. */
export interface Tokenizer {
  /** Vocabulary size V: ids are 0 … V − 1. */
  readonly size: number;
  /** @throws DataError when `text` holds a lone surrogate, with its position */
  encode(text: string): Int32Array<ArrayBuffer>;
  /** @throws DataError for an id out of range */
  decode(ids: Iterable<number>): string;
}
