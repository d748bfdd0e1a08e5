import { encodeUtf8, Utf8Decoder } from './utf8.ts';

/**
 * A printable character for each byte: itself where it is one, the next free code point from U+0100 where it is not.
 * Source: GPT-2's `bytes_to_unicode` (Radford et al. 2019), the ByteLevel alphabet of Hugging Face tokenizers.
 */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let free = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : free++));
})();

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** Contractions, words with the blank before them, numbers, punctuation, blanks. Source: GPT-2's pattern. */
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * The pieces of a text within which bytes may be joined; side by side they are the text.
 * @throws DataError when it holds a lone surrogate
 */
export function pieces(where: string, text: string): string[] {
  encodeUtf8(where, text);
  return text.match(PIECE) ?? [];
}

/** A piece as the characters that stand for its bytes. */
export function spell(piece: string): string {
  let spelt = '';
  for (const byte of encodeUtf8('spell', piece)) spelt += BYTE_CHARACTERS[byte] as string;
  return spelt;
}

/** The text whose bytes these characters stand for; U+FFFD for what is not UTF-8. Other characters are left out. */
export function unspell(spelt: string): string {
  const bytes = Array.from(spelt, (character) => BYTES.get(character)).filter((byte) => byte !== undefined);
  const utf8 = new Utf8Decoder();
  return utf8.push(Uint8Array.from(bytes)) + utf8.end();
}
