/** Sentences side by side, time-major: a row a place, a column a sentence. */
export interface Padded {
  /** Places: those of the longest sentence. */
  readonly T: number;
  readonly B: number;
  /** [T, B]; 0 beyond a sentence's end */
  readonly ids: Int32Array;
  /** Real places of each, [B]. */
  readonly lengths: Int32Array;
}

export function pad(sentences: readonly Int32Array[]): Padded {
  const B = sentences.length;
  const lengths = Int32Array.from(sentences, ({ length }) => length);
  const T = Math.max(...lengths);
  const ids = new Int32Array(T * B);
  for (const [b, sentence] of sentences.entries()) for (const [t, id] of sentence.entries()) ids[t * B + b] = id;
  return { T, B, ids, lengths };
}
