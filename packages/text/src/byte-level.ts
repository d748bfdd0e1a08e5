/**
 * The character that stands for each byte in a vocabulary's text form: itself where it prints, else one from U+0100 on.
 *
 * Source: GPT-2's `bytes_to_unicode`; the ByteLevel alphabet of Hugging Face tokenizers.
 */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let free = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : free++));
})();

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes a token in text form stands for; undefined when one of its characters stands for none. */
export function tokenBytes(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let k = 0; k < token.length; k++) {
    const byte = BYTES.get(token.charAt(k));
    if (byte === undefined) return undefined;
    bytes[k] = byte;
  }
  return bytes;
}

/** Contractions, words with the blank before them, numbers, punctuation, blanks. Source: GPT-2's pattern. */
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The pieces of a text within which bytes may be joined; side by side they are the text. */
export function cutPieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}
