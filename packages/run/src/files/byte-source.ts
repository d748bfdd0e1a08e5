import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '@unroll/rnn-core';
import { FileError, systemCode } from './file.ts';
import { checkUtf8, isGzip } from './text-file.ts';

/** Bytes from anywhere, piece by piece, and their name for messages. */
export interface ByteSource {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export const fileSource = (path: string): ByteSource => ({ name: path, chunks: chunksOf(path) });

/** Opens the file only when the first piece is asked for. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

const NEWLINE = 0x0a;

/**
 * Text in blocks of whole lines, so that what is larger than memory can be read. gzip is known by its first bytes; a byte
 * order mark is dropped.
 *
 * @throws DataError naming the byte and the line that are not UTF-8
 * @throws FileError when the file cannot be read
 */
export async function* readBlocks({ name, chunks }: ByteSource): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const before = { bytes: 0, lines: 0 };
  const decode = (block: Uint8Array): string => {
    checkUtf8(block, name, before);
    const text = decoder.decode(block, { stream: true });
    before.bytes += block.length;
    before.lines += text.split('\n').length - 1;
    return text;
  };
  const rest: Uint8Array[] = [];
  try {
    for await (const chunk of unzipped(chunks)) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0) yield decode(Buffer.concat([...rest.splice(0), chunk.subarray(0, end)]));
      if (end < chunk.length) rest.push(chunk.subarray(end));
    }
  } catch (error) {
    throw readable(error, name);
  }
  if (rest.length > 0) yield decode(Buffer.concat(rest));
}

/** Lines one by one, without their ends, CRLF or LF. @throws as {@link readBlocks} */
export async function* readLines(source: ByteSource): AsyncGenerator<string> {
  for await (const block of readBlocks(source)) {
    const lines = block.split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

async function* unzipped(chunks: ByteSource['chunks']): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterableIterator<Uint8Array> = Readable.from(chunks)[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done) return;
  const whole = prepend(first.value, pieces);
  // What fails in the pipeline is thrown by the loop over its end.
  yield* isGzip(first.value) ? pipeline(Readable.from(whole), createGunzip(), () => undefined) : whole;
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
