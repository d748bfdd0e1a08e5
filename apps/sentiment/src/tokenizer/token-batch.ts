import { pad } from '@unroll/text';
import { characterNgrams } from '../baseline/index.ts';
import type { TokenText } from './encoded-text.ts';

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
export function tokenBatch(texts: readonly TokenText[], buckets: number): TokenBatch {
  const { T, B, ids, lengths } = pad(texts.map((text) => text.ids));
  const S = texts.reduce((most, text) => Math.max(most, text.signals.length / text.ids.length), 0);
  const signals = new Float32Array(T * B * S);
  for (const [b, text] of texts.entries())
    for (let t = 0; t < text.ids.length; t++)
      for (let s = 0; s < S; s++) signals[(t * B + b) * S + s] = text.signals[t * S + s] as number;
  return { T, B, lengths, ids, signals, parts: buckets > 0 ? wordParts(texts, buckets) : undefined };
}

function wordParts(texts: readonly TokenText[], buckets: number): WordParts {
  const numbers = new Map<string, number>();
  const places = texts.map(({ words }) =>
    words.map((word) => {
      const number = numbers.get(word) ?? numbers.size;
      if (number === numbers.size) numbers.set(word, number);
      return number;
    }),
  );
  const parts = Array.from(numbers.keys(), (word) =>
    characterNgrams(word, MAX_PARTS).map((hash) => (hash >>> 0) % buckets),
  );
  const { T: K, B: U, ids, lengths } = pad(parts);
  return { buckets: ids, counts: lengths, K, U, places: pad(places).ids };
}
