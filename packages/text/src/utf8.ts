import { DataError } from './data-error.ts';

// Every engine has these; the DOM's types are not loaded here, so the part in use is declared.
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { ignoreBOM: boolean },
) => { decode(bytes?: Uint8Array, options?: { stream: boolean }): string };

const encoder = new TextEncoder();

/** The UTF-8 bytes of `text`. @throws DataError when it holds a lone surrogate, which UTF-8 cannot write */
export function encodeUtf8(where: string, text: string): Uint8Array<ArrayBuffer> {
  requireWellFormed(where, text);
  return encoder.encode(text);
}

/** The text of UTF-8 bytes; U+FFFD for what is malformed. */
export function decodeUtf8(bytes: Uint8Array): string {
  const decoder = new Utf8Decoder();
  return decoder.push(bytes) + decoder.end();
}

/** @throws DataError naming the first lone surrogate and where it stands */
export function requireWellFormed(where: string, text: string): void {
  const position = text.search(/\p{Surrogate}/u);
  if (position < 0) return;
  const unit = text.charCodeAt(position).toString(16).toUpperCase();
  throw new DataError(
    `${where}: text must be well-formed Unicode, got the lone surrogate U+${unit} at ${position}; ` +
      'it stands for half a character, which usually means that the text was cut in the middle of one',
    position,
  );
}

/** UTF-8 bytes to text as they arrive: a character comes out with its last byte, a malformed one as U+FFFD. */
export class Utf8Decoder {
  // A byte order mark at the start is a character of the text like any other.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** The characters these bytes complete. */
  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** U+FFFD when the bytes ended inside a character, else nothing. The decoder is then as new. */
  end(): string {
    return this.#decoder.decode();
  }
}
