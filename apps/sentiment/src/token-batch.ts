import { characterNgrams } from './character-ngrams.ts';
import type { EncodedText } from './encoded-text.ts';

/** Several texts side by side, time-major, padded to the longest. */
export interface TokenBatch {
  readonly T: number;
  readonly B: number;
  /** [B] real tokens of each text. */
  readonly lengths: Int32Array;
  /** [T, B] */
  readonly ids: Int32Array;
  /** [T, B, S] */
  readonly signals: Float32Array;
  /** [B, C] */
  readonly prior: Float32Array;
  /** The parts of the words, when the network reads them. */
  readonly parts: WordParts | undefined;
}

/** The different words of a batch by the hashed parts they consist of. */
export interface WordParts {
  /** [K, U] buckets of the parts of each of U words, padded with 0 */
  readonly buckets: Int32Array;
  /** [U] */
  readonly counts: Int32Array;
  readonly K: number;
  readonly U: number;
  /** [T, B] which word stands where */
  readonly places: Int32Array;
}

const MAX_PARTS = 24; // of a word; more only URLs have

/** @param buckets how many buckets the parts of words are hashed into; 0 when the network does not read them */
export function tokenBatch(texts: readonly EncodedText[], buckets: number): TokenBatch {
  const B = texts.length;
  const lengths = Int32Array.from(texts, ({ ids }) => ids.length);
  const T = Math.max(...lengths);
  const S = texts.reduce((most, { ids, signals }) => Math.max(most, signals.length / ids.length), 0);
  const ids = new Int32Array(T * B);
  const signals = new Float32Array(T * B * S);
  for (const [b, text] of texts.entries()) {
    for (let t = 0; t < text.ids.length; t++) {
      ids[t * B + b] = text.ids[t] as number;
      for (let s = 0; s < S; s++) signals[(t * B + b) * S + s] = text.signals[t * S + s] as number;
    }
  }
  const C = texts[0]?.prior.length ?? 0;
  const prior = new Float32Array(B * C);
  for (const [b, text] of texts.entries()) prior.set(text.prior, b * C);
  const parts = buckets > 0 ? wordParts(texts, T, buckets) : undefined;
  return { T, B, lengths, ids, signals, prior, parts };
}

function wordParts(texts: readonly EncodedText[], T: number, buckets: number): WordParts {
  const B = texts.length;
  const numbers = new Map<string, number>();
  const places = new Int32Array(T * B);
  for (const [b, { words }] of texts.entries()) {
    for (const [t, word] of words.entries()) {
      let number = numbers.get(word);
      if (number === undefined) numbers.set(word, (number = numbers.size));
      places[t * B + b] = number;
    }
  }
  const parts = Array.from(numbers.keys(), (word) => characterNgrams(word, MAX_PARTS));
  const U = parts.length;
  const counts = Int32Array.from(parts, ({ length }) => length);
  const K = Math.max(...counts);
  const flat = new Int32Array(K * U);
  for (const [u, hashes] of parts.entries())
    for (const [k, hash] of hashes.entries()) flat[k * U + u] = (hash >>> 0) % buckets;
  return { buckets: flat, counts, K, U, places };
}
