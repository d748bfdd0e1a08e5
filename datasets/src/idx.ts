import { gunzipSync } from 'node:zlib';
import { DataError } from '@unroll/rnn-core';

/** An array of bytes as the MNIST files hold it. */
export interface IdxArray {
  /** [N] for labels, [N, H, W] for images. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 8;

/**
 * Reads an IDX file of unsigned bytes, gzipped or not. Source: LeCun, Cortes & Burges, “The MNIST database”.
 *
 * @param name of the file, for the message
 * @throws DataError when it is not one, or shorter or longer than its header says
 */
export function readIdx(file: Uint8Array, name: string): IdxArray {
  const isGzip = file[0] === 0x1f && file[1] === 0x8b;
  const bytes = isGzip ? unzipped(file, name) : file;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3] ?? 0;
  const start = 4 + 4 * rank;
  if (bytes.length < start || header.getUint16(0) !== 0 || bytes[2] !== UNSIGNED_BYTE || rank === 0)
    throw new DataError(`${name}: must be an IDX file of unsigned bytes, got another`);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.length - start !== size)
    throw new DataError(`${name}: must hold ${shape.join('×')} = ${size} bytes, got ${bytes.length - start}`);
  return { shape, values: bytes.subarray(start) };
}

function unzipped(file: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(file);
  } catch {
    throw new DataError(`${name}: must be a whole gzip file, got a damaged one`);
  }
}
