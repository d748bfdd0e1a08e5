/**
 * The character that represents each byte in the text form of a vocabulary: its own where printable, else one from U+0100.
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

/** Returns the bytes of a token in text form; undefined when one of its characters represents no byte. */
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
 * Patterns that split a text into pretokens, within which bytes are merged; JavaScript and Hugging Face's tokenizers match
 * the same with them. The pretokens concatenated are the text.
 *
 * `gpt2` is GPT-2's: it has rules for English contractions, and splits `d'une` before the apostrophe. `words` is for all
 * languages: an apostrophe between letters ends a pretoken, so that `d'`, `l'` and `aujourd'` are whole, and combining
 * accents stay with their letters.
 */
export const PRE_TOKENIZER_PATTERNS = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  words: String.raw` ?[\p{L}\p{M}]+(?:['’](?=\p{L}))?| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+`,
} as const;

/** One of {@link PRE_TOKENIZER_PATTERNS}. */
export type PreTokenizer = keyof typeof PRE_TOKENIZER_PATTERNS;

// In tokenizer.json \s is Unicode's white space; JavaScript's \s adds the byte order mark U+FEFF and lacks U+0085.
const unicodeWhiteSpace = (pattern: string): string =>
  pattern
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`);

const PATTERNS = {
  gpt2: new RegExp(PRE_TOKENIZER_PATTERNS.gpt2, 'gu'),
  words: new RegExp(unicodeWhiteSpace(PRE_TOKENIZER_PATTERNS.words), 'gu'),
};

/** Splits a text into pretokens; see {@link PRE_TOKENIZER_PATTERNS}. */
export function preTokenize(text: string, rule: PreTokenizer): string[] {
  return text.match(PATTERNS[rule]) ?? [];
}
