import { constants, isUtf8 } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { DataError } from '@unroll/rnn-core';
import { count } from '../console/quantity.ts';
import { readBytes, readFirstBytes, readLastBytes } from './file.ts';

/**
 * A text somebody has on disk, as a string. gzip and UTF-16 are known by the file's first bytes, whatever its name. A
 * byte order mark is dropped, and the rest is {@link plainText}.
 *
 * @throws DataError when the file is missing, a folder, empty, binary, damaged, or not UTF-8 or UTF-16, with the place
 */
export function readTextFile(path: string, options: TextOptions = {}): string {
  return decodeText(readBytes(path), path, options);
}

/**
 * The text of standard input, as {@link readTextFile} reads a file.
 *
 * @param file what names a file instead, for the message: `FILE`
 * @throws DataError when it is empty, or as a file
 */
export async function readStandardInput(file: string): Promise<string> {
  const bytes = await buffer(process.stdin);
  if (bytes.length === 0) throw new DataError(`standard input is empty; give ${file} or pipe a text`);
  return decodeText(bytes, 'standard input');
}

/**
 * The last characters of a text, as {@link readTextFile} has them. No more of the file is read than they need.
 *
 * @returns undefined where that cannot be: in gzip and UTF-16, and where the bytes are not UTF-8
 */
export function readEnding(path: string, characters: number): string | undefined {
  const [first, bytes] = [readFirstBytes(path, 2), readLastBytes(path, MAX_UTF8 * (characters + 1))];
  if (isGzip(first) || utf16Of(first)) return undefined;
  const whole = bytes.subarray(bytes.findIndex((byte) => byte < 0x80 || byte >= 0xc0)); // from the first whole character on
  if (whole.includes(0) || !isUtf8(whole)) return undefined;
  const text = plainText(new TextDecoder().decode(whole));
  const from = Math.max(0, text.length - characters);
  return text.slice(isLowSurrogate(text, from) ? from + 1 : from);
}

const MAX_UTF8 = 4; // bytes of a character

/** Whether the second half of a surrogate pair stands there. */
export const isLowSurrogate = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** Of reading text. */
export interface TextOptions {
  /** false leaves accents as they are, for scores that must equal another program's */
  readonly compose?: boolean;
}

/** What {@link readTextFile} makes of a file's bytes. @param where its name, for messages */
export function decodeText(bytes: Uint8Array, where: string, { compose = true }: TextOptions = {}): string {
  const plain = gunzipped(bytes, where);
  if (plain.length === 0) throw new DataError(`${where}: must hold text, got an empty file`);
  if (plain.length > MAX_TEXT_BYTES) throw tooLarge(where);
  const decoded = decode(plain, where);
  const text = compose ? plainText(decoded) : withLineFeeds(decoded);
  if (text.length === 0) throw new DataError(`${where}: must hold text, got nothing but a byte order mark`);
  return text;
}

/**
 * A text as every model reads it, whatever editor or keyboard wrote it: composed (NFC), so that `é` is one character, and
 * with LF for every CRLF and CR.
 */
export const plainText = (text: string): string => withLineFeeds(text).normalize('NFC');

/** A text with LF for every CRLF and CR. */
export const withLineFeeds = (text: string): string => text.replaceAll(/\r\n?/g, '\n');

/** The longest string that the engine holds. */
export const MAX_TEXT_BYTES = constants.MAX_STRING_LENGTH;

/**
 * The error of a text that is larger than a string may be.
 *
 * @param what of the file is too large
 */
export const tooLarge = (where: string, what = 'text'): DataError =>
  new DataError(
    `${where}: ${what} must be at most ${count(Math.floor(MAX_TEXT_BYTES / 2 ** 20))} MiB uncompressed, got more; split it`,
  );

const systemCodeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** The encoding that a byte order mark of UTF-16 announces. */
export function utf16Of([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

function decode(bytes: Uint8Array, where: string): string {
  const encoding = utf16Of(bytes);
  if (encoding === undefined) {
    checkUtf8(bytes, where);
    return new TextDecoder().decode(bytes);
  }
  return decodeUtf16(bytes, encoding, where).slice(1);
}

/**
 * Text of UTF-16, with its byte order mark.
 *
 * @param linesBefore how many lines of the file came before `bytes`
 * @throws DataError naming the line on which half a character stands
 */
export function decodeUtf16(
  bytes: Uint8Array,
  encoding: 'utf-16le' | 'utf-16be',
  where: string,
  linesBefore = 0,
): string {
  const units = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (encoding === 'utf-16be' ? units.swap16() : units).toString('utf16le');
  const half = /\p{Surrogate}/u.exec(text)?.index ?? (units.length < bytes.length ? text.length : undefined);
  if (half === undefined) return text;
  const line = linesBefore + lineEnds(text.slice(0, half)) + 1;
  throw new DataError(`${where}: must be whole UTF-16, got half a character on line ${count(line)}`);
}

/** Number of line ends; CR LF is one. */
export const lineEnds = (text: string): number => text.match(/\r\n?|\n/g)?.length ?? 0;

/** A file's bytes without gzip, which is known by its first two. @throws DataError when it is cut short, damaged or a bomb */
export function gunzipped(bytes: Uint8Array, where: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  let plain: Uint8Array;
  try {
    plain = gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES });
  } catch (error) {
    if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(where);
    throw new DataError(
      `${where}: must be whole gzip, got ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  checkExpansion(bytes.length, plain.length, where);
  return plain;
}

const SUSPECT_BYTES = 2 ** 26;
const MAX_RATIO = 200; // text has 3 to 10, a table that repeats itself up to 100, gzip at most 1032

/** @throws DataError when far more bytes come out of gzip than go in: a file made to fill the memory */
export function checkExpansion(before: number, after: number, where: string): void {
  if (after > SUSPECT_BYTES && after > MAX_RATIO * before)
    throw new DataError(
      `${where}: must be gzip of text, got one that expands to over ${MAX_RATIO} times its size; unzip it first if that is right`,
    );
}

/** Whether bytes begin as a gzip file does. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * @param before how much of the file came before `bytes`
 * @throws DataError naming the byte and the line of the first that is no text
 */
export function checkUtf8(bytes: Uint8Array, where: string, before = { bytes: 0, lines: 0 }): void {
  const nul = bytes.indexOf(0);
  if (nul >= 0)
    throw new DataError(`${where}: must be text, got a binary file (a zero at byte ${place(bytes, nul, before)})`);
  if (isUtf8(bytes)) return;
  const at = firstInvalid(bytes);
  const hex = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  throw new DataError(`${where}: must be UTF-8, got 0x${hex} at byte ${place(bytes, at, before)}`);
}

function place(bytes: Uint8Array, at: number, before: { readonly bytes: number; readonly lines: number }): string {
  let line = before.lines + 1;
  for (let i = 0; i < at; i++) if (bytes[i] === 0x0a || (bytes[i] === 0x0d && bytes[i + 1] !== 0x0a)) line++;
  return `${count(before.bytes + at)}, line ${count(line)}`;
}

/** Where the first character that is not UTF-8 begins: by halving, then back over a character cut short. */
function firstInvalid(bytes: Uint8Array): number {
  let [reads, breaks] = [0, bytes.length + 1];
  while (breaks - reads > 1) {
    const middle = (reads + breaks) >> 1;
    if (canBegin(bytes.subarray(0, middle))) reads = middle;
    else breaks = middle;
  }
  while (!isUtf8(bytes.subarray(0, reads))) reads--;
  return reads;
}

/** Whether some UTF-8 begins with these bytes. */
function canBegin(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
