import { DataError, type Initializer, normal } from '@unroll/rnn-core';
import { count, fileSource, readLines } from '@unroll/run';
import { readWordVectors } from '@unroll/text';
import type { WordVocab } from '../tokenizer/word-vocab.ts';

/** Pretrained word vectors for the words of a vocabulary. */
export interface PretrainedVectors {
  /** Fills [V, E]; words without a vector are drawn at random. */
  readonly initializer: Initializer;
  /** A line that says how many words have a vector, and when the file seems to be cut. */
  readonly coverage: string;
}

/**
 * Reads word vectors in GloVe or word2vec text format.
 *
 * @param embeddingSize E
 * @throws DataError when the vectors of the file have another size
 */
export async function readPretrainedVectors(
  path: string,
  { words }: WordVocab,
  embeddingSize: number,
): Promise<PretrainedVectors> {
  const found = await readWordVectors(readLines(fileSource(path)), new Set(words), path);
  if (found.width !== embeddingSize)
    throw new DataError(
      `${path}: vectors must be of size ${embeddingSize}, got ${found.width}; give --embedding-size ${found.width}`,
    );
  const initializer: Initializer = (values, shape, rng) => {
    normal(0.1)(values, shape, rng);
    for (const [k, word] of words.entries()) {
      const vector = found.vectors.get(word);
      if (vector) values.set(vector, (k + 1) * embeddingSize);
    }
  };
  const lack =
    found.missing > 0
      ? `; the file holds ${count(found.missing)} fewer than its first line counts, it may have been cut`
      : '';
  const percent = (100 * found.coverage).toFixed(1);
  return {
    initializer,
    coverage: `${path}: vectors for ${found.vectors.size} of ${words.length} words (${percent} %)${lack}`,
  };
}
