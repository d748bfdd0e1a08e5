import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '@unroll/rnn-core';
import { FileError, systemCode } from './file.ts';
import {
  checkExpansion,
  checkUtf8,
  decodeUtf16,
  isGzip,
  lineEnds,
  MAX_TEXT_BYTES,
  plainText,
  type TextOptions,
  tooLarge,
  utf16Of,
  withLineFeeds,
} from './text-file.ts';

/** Bytes from anywhere, piece by piece, and their name for messages. */
export interface ByteSource {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** What to say when there are none. */
  readonly empty?: string;
}

/**
 * The bytes of standard input, piece by piece.
 *
 * @param file what names a file instead, for the message when it is empty: `FILE`
 */
export const standardInput = (file: string): ByteSource => ({
  name: 'standard input',
  chunks: process.stdin,
  empty: `standard input is empty; give ${file} or pipe a text`,
});

/** A file's bytes, piece by piece; it is opened when the first is asked for. */
export const fileSource = (path: string): ByteSource => ({ name: path, chunks: chunksOf(path) });

/** Opens the file only when the first piece is asked for. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20];

/** Of reading text piece by piece. */
export interface ReadOptions extends TextOptions {
  /** true makes a source without text an error */
  readonly requireText?: boolean;
}

/**
 * Text in blocks of whole lines, so that what is larger than memory can be read. gzip and UTF-16 are known by their first
 * bytes; a byte order mark is dropped. Every CRLF, LF and CR becomes LF, and the text is composed (NFC).
 *
 * @throws DataError naming the byte and the line that are not UTF-8
 * @throws FileError when the file cannot be read
 */
export const readBlocks = (source: ByteSource, options: ReadOptions = {}): AsyncGenerator<string> =>
  blocksOf(source, endOfLines, options);

/**
 * A text in pieces of whole words and lines, as {@link readBlocks}, for what needs no lines and may be one that is longer
 * than memory.
 *
 * @throws DataError also when it is empty
 */
export const readPieces = (source: ByteSource): AsyncGenerator<string> =>
  blocksOf(source, endOfWords, { requireText: true });

/** After the last line end; LF may follow a last CR. */
const endOfLines = (chunk: Uint8Array): number =>
  Math.max(chunk.lastIndexOf(LF), chunk.subarray(0, -1).lastIndexOf(CR)) + 1;

/** Before the last blank, with which no character before it makes one, or after the last line end. */
const endOfWords = (chunk: Uint8Array): number => Math.max(chunk.lastIndexOf(SPACE), endOfLines(chunk));

async function* blocksOf(
  { name, chunks, empty = `${name}: must hold text, got an empty file` }: ByteSource,
  endOf: (chunk: Uint8Array) => number,
  { compose = true, requireText = false }: ReadOptions,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const before = { bytes: 0, lines: 0 };
  let letters = 0;
  const decode = (block: Uint8Array): string => {
    checkUtf8(block, name, before);
    const decoded = decoder.decode(block, { stream: true });
    const text = compose ? plainText(decoded) : withLineFeeds(decoded);
    before.bytes += block.length;
    letters += text.length;
    before.lines += text.split('\n').length - 1;
    return text;
  };
  const rest: Uint8Array[] = [];
  let length = 0; // of the rest
  try {
    for await (const chunk of inUtf8(unzipped(chunks, name), name)) {
      const end = endOf(chunk);
      if (end > 0) yield decode(Buffer.concat([...rest.splice(0), chunk.subarray(0, end)]));
      if (end > 0) length = 0;
      length += chunk.length - end;
      if (length > MAX_TEXT_BYTES) throw tooLarge(name, 'each line');
      if (end < chunk.length) rest.push(chunk.subarray(end));
    }
  } catch (error) {
    throw readable(error, name);
  }
  if (rest.length > 0) yield decode(Buffer.concat(rest));
  if (!requireText || letters > 0) return;
  throw new DataError(before.bytes === 0 ? empty : `${name}: must hold text, got nothing but a byte order mark`);
}

/** Lines one by one, without their ends. @throws as {@link readBlocks} */
export async function* readLines(source: ByteSource, options: ReadOptions = {}): AsyncGenerator<string> {
  for await (const block of readBlocks(source, options)) {
    const lines = block.split('\n');
    if (lines.at(-1) === '') lines.pop();
    yield* lines;
  }
}

async function* unzipped(chunks: ByteSource['chunks'], name: string): AsyncGenerator<Uint8Array> {
  const [first, whole] = await peek(Readable.from(chunks));
  yield* isGzip(first) ? expanded(whole, name) : whole;
}

/** @throws DataError when far more comes out than text can hold: a file made to fill the memory */
async function* expanded(zipped: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let [before, after] = [0, 0]; // bytes
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of zipped) {
      before += chunk.length;
      yield chunk;
    }
  }
  // What fails in the pipeline is thrown by the loop over its end.
  for await (const chunk of pipeline(Readable.from(counted()), createGunzip(), () => undefined)) {
    after += (chunk as Uint8Array).length;
    checkExpansion(before, after, name);
    yield chunk as Uint8Array;
  }
}

/** UTF-8 as it is, UTF-16 as UTF-8. */
async function* inUtf8(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const [first, whole] = await peek(chunks);
  const encoding = utf16Of(first);
  if (encoding === undefined) {
    yield* whole;
    return;
  }
  let lines = 0;
  let rest = Buffer.alloc(0);
  let isFirst = true;
  const decode = (bytes: Uint8Array): Uint8Array => {
    const text = decodeUtf16(bytes, encoding, name, lines);
    lines += lineEnds(text);
    const mark = isFirst ? 1 : 0;
    isFirst = false;
    return Buffer.from(text.slice(mark));
  };
  for await (const chunk of whole) {
    const bytes = Buffer.concat([rest, chunk]);
    const last = bytes.length - 2 - (bytes.length % 2);
    const unit = last < 0 ? 0 : encoding === 'utf-16le' ? bytes.readUInt16LE(last) : bytes.readUInt16BE(last);
    const isOpen = unit === CR || (unit & 0xfc00) === 0xd800; // LF may follow, or the other half of a character
    const end = isOpen ? last : last + 2;
    rest = bytes.subarray(end);
    if (end > 0) yield decode(bytes.subarray(0, end));
  }
  yield decode(rest);
}

/** The first two bytes or more, and everything again. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<[first: Uint8Array, whole: AsyncGenerator<Uint8Array>]> {
  const pieces = chunks[Symbol.asyncIterator]();
  let first: Uint8Array = new Uint8Array();
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
    if (first.length >= 2) break;
  }
  return [first, prepend(first, { [Symbol.asyncIterator]: () => pieces })];
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function readable(error: unknown, name: string): unknown {
  const code = systemCode(error);
  if (code !== undefined) return new FileError(name, 'read', code);
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
    return new DataError(`${name}: must be whole gzip, got ${error.message}`);
  return error;
}
