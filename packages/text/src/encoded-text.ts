const NATS_PER_BYTE = Math.log(256);

/**
 * The ids of a text, and the characters among them that are spelled in bytes (byte fallback).
 *
 * A character that the vocabulary does not hold has one id, `unknownId`, and k UTF-8 bytes that the network never sees,
 * each equally likely. UTF-8 is a prefix code, so that the probabilities of all texts still sum to at most one:
 *
 *     −ln p(character) = −ln softmax(logits)[unknownId] + k · ln 256
 *
 * Source: the byte fallback of SentencePiece (Kudo & Richardson 2018), with the bytes behind one id instead of 256.
 */
export class EncodedText {
  /** [N] */
  readonly ids: Int32Array<ArrayBuffer>;
  /** The characters spelled in bytes, by their position in `ids`, in ascending order. */
  readonly fallback: ReadonlyMap<number, string>;
  /** Number of code points in the text: what bits per character are divided by, whatever the vocabulary. */
  readonly characters: number;

  constructor(ids: Int32Array<ArrayBuffer>, fallback: ReadonlyMap<number, string>, characters: number) {
    this.ids = ids;
    this.fallback = fallback;
    this.characters = characters;
  }

  /** Fraction of the characters that are spelled in bytes, in [0, 1]; 0 for an empty text. */
  get fallbackRate(): number {
    return this.characters === 0 ? 0 : this.fallback.size / this.characters;
  }

  /** Nats of all bytes together: what is added to the sum of the network's losses over `ids`. */
  get fallbackNats(): number {
    let nats = 0;
    for (const character of this.fallback.values()) nats += fallbackNatsOf(character);
    return nats;
  }

  /** Adds the nats of the bytes to the network's losses, position by position, in place. `nats` is [N]. */
  addFallbackNats(nats: Float64Array): void {
    for (const [position, character] of this.fallback)
      nats[position] = (nats[position] as number) + fallbackNatsOf(character);
  }
}

function fallbackNatsOf(character: string): number {
  const codePoint = character.codePointAt(0) as number;
  const bytes = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;
  return bytes * NATS_PER_BYTE;
}
