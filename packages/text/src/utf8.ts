import { DataError } from './data-error.ts';

// Every engine has these two; the types of the DOM are not loaded here, so the part in use is declared.
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { ignoreBOM: boolean },
) => { decode(bytes?: Uint8Array, options?: { stream: boolean }): string };

const encoder = new TextEncoder();

/** Returns the UTF-8 bytes of `text`. @throws DataError when it holds a lone surrogate, which UTF-8 cannot encode */
export function encodeUtf8(where: string, text: string): Uint8Array<ArrayBuffer> {
  requireWellFormed(where, text);
  return encoder.encode(text);
}

/** Returns the text of UTF-8 bytes, with U+FFFD for malformed ones. */
export function decodeUtf8(bytes: Uint8Array): string {
  const decoder = new Utf8Decoder();
  return decoder.push(bytes) + decoder.end();
}

/** Checks that a text has no lone surrogate. @throws DataError naming the first one and its position */
export function requireWellFormed(where: string, text: string): void {
  const position = text.search(/\p{Surrogate}/u);
  if (position < 0) return;
  const unit = text.charCodeAt(position).toString(16).toUpperCase();
  throw new DataError(
    `${where}: text must be well-formed Unicode, got the lone surrogate U+${unit} at ${position}; ` +
      'it is half of a character, which usually means that the text was cut in the middle of one',
    position,
  );
}

/** Counts the code points of a well-formed text. */
export function countCodePoints(text: string): number {
  let count = text.length;
  for (let k = 0; k < text.length; k++) {
    const unit = text.charCodeAt(k);
    if (unit >= 0xdc00 && unit < 0xe000) count--; // the second half of a pair
  }
  return count;
}

/** Decodes UTF-8 bytes as they arrive: a character is returned with its last byte, a malformed one as U+FFFD. */
export class Utf8Decoder {
  // A byte order mark at the start is a character of the text like any other.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** Returns the characters that these bytes complete. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** Returns U+FFFD when the bytes end inside a character, else the empty string, and resets the decoder. */
  end(): string {
    return this.#decoder.decode();
  }
}
