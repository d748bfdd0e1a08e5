import { DataError, type Initializer, normal } from '@unroll/rnn-core';
import { fileSource, readLines } from '@unroll/run';
import { readWordVectors } from '@unroll/text';
import type { WordList } from './word-list.ts';

/** Word vectors from a file, for the words a model knows. */
export interface GivenVectors {
  /** Fills [V, E]; words without a vector begin small and random. */
  readonly initializer: Initializer;
  /** How many of the words have one, for people. */
  readonly coverage: string;
}

/**
 * @param width E
 * @throws DataError when the file's vectors have another width, naming the flag that mends it
 */
export async function readGivenVectors(path: string, { words }: WordList, width: number): Promise<GivenVectors> {
  const found = await readWordVectors(readLines(fileSource(path)), new Set(words));
  if (found.width !== width)
    throw new DataError(
      `${path}: vectors must be ${width} numbers wide, got ${found.width}; give --embedding ${found.width}`,
    );
  const initializer: Initializer = (values, shape, rng) => {
    normal(0.1)(values, shape, rng);
    for (const [k, word] of words.entries()) {
      const vector = found.vectors.get(word);
      if (vector) values.set(vector, (k + 1) * width);
    }
  };
  const share = (100 * found.coverage).toFixed(1);
  return {
    initializer,
    coverage: `${path}: vectors for ${found.vectors.size} of ${words.length} words (${share} %)`,
  };
}
