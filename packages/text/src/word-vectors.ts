import { DataError } from './data-error.ts';

/** Vectors of the words that were asked for. */
export interface WordVectors {
  /** Numbers of each vector. */
  readonly width: number;
  readonly vectors: ReadonlyMap<string, Float32Array>;
  /** Share of the words asked for that have a vector. */
  readonly coverage: number;
}

/**
 * Reads vectors in the text form of GloVe, or of word2vec, whose first line holds two counts. Only the words asked for are
 * kept, so that a file larger than memory will do.
 *
 * @param lines of the file, without their ends
 * @param wanted the words to keep
 * @throws DataError naming the line whose width is another than the first's, or that holds something else than numbers
 */
export async function readWordVectors(
  lines: AsyncIterable<string>,
  wanted: ReadonlySet<string>,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let width = 0;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line === '' || (number === 1 && /^\d+ \d+\s*$/.test(line))) continue;
    const cells = line.trimEnd().split(' ');
    width ||= cells.length - 1;
    // Some files have words with blanks in them: the numbers are counted from the end.
    const word = cells.slice(0, cells.length - width).join(' ');
    if (cells.length <= width || width < 1)
      throw new DataError(
        `readWordVectors: line ${number} must hold a word and ${width} numbers, got ${cells.length - 1} numbers`,
      );
    if (!wanted.has(word) || vectors.has(word)) continue;
    const vector = Float32Array.from(cells.slice(-width), Number);
    const wrong = vector.findIndex((x) => !Number.isFinite(x));
    if (wrong >= 0)
      throw new DataError(
        `readWordVectors: line ${number} must hold numbers, got ${JSON.stringify(cells.at(wrong - width))}`,
      );
    vectors.set(word, vector);
  }
  if (width === 0) throw new DataError('readWordVectors: the file must hold a vector at least, got none');
  return { width, vectors, coverage: wanted.size === 0 ? 0 : vectors.size / wanted.size };
}
