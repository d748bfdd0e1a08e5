import type { Rng } from '@unroll/rnn-core';

/** The four shapes of what goes in and what comes out. */
export const SHAPES = ['many-to-one', 'one-to-many', 'aligned', 'encoder-decoder'] as const;
export type Shape = (typeof SHAPES)[number];

/** One sequence of a toy task: letters in, letters out, null where there is none. */
export interface Example {
  readonly inputs: readonly (string | null)[];
  readonly targets: readonly (string | null)[];
}

/** The first letter of each input's place in the one-hot code; null goes in as zeros. */
export const ALPHABET = ['a', 'b', 'c', 'd'] as const;

/**
 * A random sequence of a shape's task, T steps long:
 *
 * - many-to-one: name the first letter after the last
 * - one-to-many: count on from the first letter, alphabetically, around and around
 * - aligned: after each letter, name the one before it
 * - encoder-decoder: read half, then repeat it backwards
 */
export function drawExample(shape: Shape, T: number, rng: Rng): Example {
  const letter = (): string => ALPHABET[rng.integer(ALPHABET.length)] as string;
  const letters = Array.from({ length: T }, letter);
  switch (shape) {
    case 'many-to-one':
      return { inputs: letters, targets: letters.map((_, t) => (t === T - 1 ? (letters[0] as string) : null)) };
    case 'one-to-many': {
      const first = ALPHABET.indexOf(letters[0] as (typeof ALPHABET)[number]);
      return {
        inputs: letters.map((name, t) => (t === 0 ? name : null)),
        targets: letters.map((_, t) => ALPHABET[(first + t) % ALPHABET.length] as string),
      };
    }
    case 'aligned':
      return { inputs: letters, targets: letters.map((_, t) => letters[t - 1] ?? null) };
    case 'encoder-decoder': {
      const half = Math.ceil(T / 2);
      const read = letters.slice(0, half);
      return {
        inputs: letters.map((name, t) => (t < half ? name : null)),
        targets: letters.map((_, t) => (t < half ? null : (read[half - 1 - (t - half)] ?? null))),
      };
    }
  }
}
