/** A batch of sequences, time-major: one row per position, one column per sequence. */
export interface Padded {
  /** Length of the longest sequence. */
  readonly T: number;
  readonly B: number;
  /** [T, B] ids, 0 in the padding, which `lengths` masks. */
  readonly ids: Int32Array<ArrayBuffer>;
  /** [B] length of each sequence without padding. */
  readonly lengths: Int32Array<ArrayBuffer>;
}

/** Pads sequences to the length of the longest. */
export function pad(sequences: readonly ArrayLike<number>[]): Padded {
  const B = sequences.length;
  const lengths = Int32Array.from(sequences, ({ length }) => length);
  const T = Math.max(0, ...lengths);
  const ids = new Int32Array(T * B);
  for (const [b, sequence] of sequences.entries())
    for (let t = 0; t < sequence.length; t++) ids[t * B + b] = sequence[t] as number;
  return { T, B, ids, lengths };
}
