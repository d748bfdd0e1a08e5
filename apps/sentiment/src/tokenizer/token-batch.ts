import { pad } from '@unroll/text';
import { characterNgrams } from '../baseline/index.ts';
import type { EncodedTokens } from './encoded-text.ts';

/** A batch of texts, time-major, padded to the longest. */
export interface TokenBatch {
  readonly T: number;
  readonly B: number;
  /** [B] tokens of each text, without padding */
  readonly lengths: Int32Array;
  /** [T, B] */
  readonly ids: Int32Array;
  /** [T, B, F] hand-crafted features */
  readonly features: Float32Array;
  /** The character n-grams of the words, when the networks have embeddings for them. */
  readonly ngrams: WordNgrams | undefined;
}

/** The hashed character n-grams of the U distinct words of a batch. */
export interface WordNgrams {
  /** [K, U] hash buckets of each word's n-grams, padded with 0 */
  readonly ids: Int32Array;
  /** [U] n-grams of each word */
  readonly counts: Int32Array;
  readonly K: number;
  readonly U: number;
  /** [T, B] the index of each token's word */
  readonly positions: Int32Array;
}

const MAX_NGRAMS = 24; // of a word; only URLs have more

/** @param buckets hash buckets of the character n-grams; 0 leaves them out */
export function tokenBatch(texts: readonly EncodedTokens[], buckets: number): TokenBatch {
  const { T, B, ids, lengths } = pad(texts.map((text) => text.ids));
  const F = texts.reduce((most, text) => Math.max(most, text.features.length / text.ids.length), 0);
  const features = new Float32Array(T * B * F);
  for (const [b, text] of texts.entries())
    for (let t = 0; t < text.ids.length; t++)
      for (let f = 0; f < F; f++) features[(t * B + b) * F + f] = text.features[t * F + f] as number;
  return { T, B, lengths, ids, features, ngrams: buckets > 0 ? wordNgrams(texts, buckets) : undefined };
}

function wordNgrams(texts: readonly EncodedTokens[], buckets: number): WordNgrams {
  const indices = new Map<string, number>();
  const positions = texts.map(({ words }) =>
    words.map((word) => {
      const index = indices.get(word) ?? indices.size;
      if (index === indices.size) indices.set(word, index);
      return index;
    }),
  );
  const ngrams = Array.from(indices.keys(), (word) =>
    characterNgrams(word, MAX_NGRAMS).map((hash) => (hash >>> 0) % buckets),
  );
  const { T: K, B: U, ids, lengths } = pad(ngrams);
  return { ids, counts: lengths, K, U, positions: pad(positions).ids };
}
