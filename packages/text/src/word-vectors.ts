import { DataError } from './data-error.ts';

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
