/** Sequences side by side, time-major: a row a place, a column a sequence. */
export interface Padded {
  /** Places: those of the longest sequence. */
  readonly T: number;
  readonly B: number;
  /** [T, B] 0 beyond a sequence's end, which `lengths` masks. */
  readonly ids: Int32Array<ArrayBuffer>;
  /** [B] real places of each. */
  readonly lengths: Int32Array<ArrayBuffer>;
}

export function pad(sequences: readonly ArrayLike<number>[]): Padded {
  const B = sequences.length;
  const lengths = Int32Array.from(sequences, ({ length }) => length);
  const T = Math.max(0, ...lengths);
  const ids = new Int32Array(T * B);
  for (const [b, sequence] of sequences.entries())
    for (let t = 0; t < sequence.length; t++) ids[t * B + b] = sequence[t] as number;
  return { T, B, ids, lengths };
}
