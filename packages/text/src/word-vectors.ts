import { DataError } from './data-error.ts';

/** Pretrained vectors of the requested words. */
export interface WordVectors {
  /** Dimension of the vectors. */
  readonly width: number;
  readonly vectors: ReadonlyMap<string, Float32Array>;
  /** Fraction of the requested words that have a vector, in [0, 1]. */
  readonly coverage: number;
}

/**
 * Reads pretrained vectors in the text format of GloVe, or of word2vec, whose first line has two counts. Only the requested
 * words are kept, so that the file may be larger than memory.
 *
 * @param lines of the file, without line ends
 * @param wanted the words to keep
 * @throws DataError naming the line that has another dimension than the first, or something other than numbers
 */
export async function readWordVectors(
  lines: AsyncIterable<string>,
  wanted: ReadonlySet<string>,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let width = 0;
  let number = 0;
  let read = 0;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    const header = number === 1 ? /^\d+ (\d+)\s*$/.exec(line) : null;
    if (header) {
      width = Number(header[1]);
      continue;
    }
    const cells = line.trimEnd().split(' ');
    width ||= cells.length - 1;
    // Some files have words with spaces in them: the numbers are counted from the end.
    const word = cells.slice(0, cells.length - width).join(' ');
    if (cells.length <= width || width < 1)
      throw new DataError(
        `readWordVectors: line ${number} must hold a word and ${width} numbers, got ${cells.length - 1} numbers`,
      );
    read++;
    if (!wanted.has(word) || vectors.has(word)) continue;
    const vector = Float32Array.from(cells.slice(-width), Number);
    const wrong = vector.findIndex((x) => !Number.isFinite(x));
    if (wrong >= 0)
      throw new DataError(
        `readWordVectors: line ${number} must hold numbers, got ${JSON.stringify(cells.at(wrong - width))}`,
      );
    vectors.set(word, vector);
  }
  if (read === 0) throw new DataError('readWordVectors: the file must hold at least one vector, got none');
  return { width, vectors, coverage: wanted.size === 0 ? 0 : vectors.size / wanted.size };
}
