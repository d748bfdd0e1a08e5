import { argmax, type Ids, type Rng, softmax, type Tape, type Tensor } from '@unroll/rnn-core';
import { pad } from '@unroll/text';

/** The target of a position behind the end of its sequence. */
export const IGNORED = -1;

/**
 * Sequences as a network is taught to write them: before each id, the id before it.
 *
 * @param end begins and ends a sequence
 * @returns both [T, B]
 */
export function taught(
  tape: Tape,
  sequences: readonly (readonly number[])[],
  end: number,
): { readonly before: Ids; readonly targets: Ids } {
  const before = pad(sequences.map((ids) => [end, ...ids]));
  const { T, B, ids, lengths } = pad(sequences.map((ids) => [...ids, end]));
  const targets = ids.map((id, k) => (Math.floor(k / B) < (lengths[k % B] as number) ? id : IGNORED));
  return { before: tape.ids(before.ids, [T, B]), targets: tape.ids(targets, [T, B]) };
}

export interface WritingOptions {
  /** B, the sequences written at once. */
  readonly count: number;
  /** The id that begins and ends a sequence. */
  readonly end: number;
  /** Steps after which a sequence is over. */
  readonly longest: number;
  /** Draws each id from its probability; without it, the most probable is taken. */
  readonly rng?: Rng | undefined;
}

/**
 * Writes sequences, each id the input of the next step.
 *
 * @param next from the ids before, [B], to logits, [B, V]
 * @returns the ids of each sequence, the end left out
 */
export function write(
  next: (before: Int32Array) => Tensor,
  { count: B, end, longest, rng }: WritingOptions,
): number[][] {
  const written = Array.from({ length: B }, (): number[] => []);
  const isOver = new Array<boolean>(B).fill(false);
  let before = new Int32Array(B).fill(end);
  for (let t = 0; t < longest && isOver.includes(false); t++) {
    const logits = next(before);
    before = Int32Array.from(rng ? drawn(softmax(logits), rng) : argmax(logits, { dim: -1 }).values);
    for (const [b, id] of before.entries()) {
      if (id === end) isOver[b] = true;
      if (!isOver[b]) written[b]?.push(id);
    }
  }
  return written;
}

/** An id of each row, drawn from its probabilities, [B, V]. */
function drawn(probabilities: Tensor, rng: Rng): number[] {
  const [B = 0] = probabilities.shape;
  return Array.from({ length: B }, (_, b) => {
    let left = rng.uniform();
    const row = probabilities.row(b).view();
    const found = row.findIndex((probability) => (left -= probability) < 0);
    return found < 0 ? row.length - 1 : found;
  });
}
