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

/**
 * How a text is cut into the pieces within which bytes may be joined, as patterns that JavaScript and Hugging Face's
 * tokenizers read alike. Side by side the pieces are the text.
 *
 * `gpt2` is GPT-2's own: it knows English contractions, and cuts `d'une` before the apostrophe. `words` knows no language:
 * an apostrophe between letters ends the piece before it, so that `d'`, `l'` and `aujourd'` are whole, and accents that
 * are characters of their own stay with their letters.
 */
export const PIECE_PATTERNS = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  words: String.raw` ?[\p{L}\p{M}]+(?:['’](?=\p{L}))?| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+`,
} as const;

/** One of {@link PIECE_PATTERNS}. */
export type PieceRule = keyof typeof PIECE_PATTERNS;

// A pattern in a file is read with Unicode's blanks; JavaScript's \s has the byte order mark U+FEFF too, and lacks U+0085.
const blanksOfUnicode = (pattern: string): string =>
  pattern
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`);

const PATTERNS = {
  gpt2: new RegExp(PIECE_PATTERNS.gpt2, 'gu'),
  words: new RegExp(blanksOfUnicode(PIECE_PATTERNS.words), 'gu'),
};

/** The pieces of a text; see {@link PIECE_PATTERNS}. */
export function cutPieces(text: string, rule: PieceRule): string[] {
  return text.match(PATTERNS[rule]) ?? [];
}
