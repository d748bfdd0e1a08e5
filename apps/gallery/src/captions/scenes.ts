import { type Split, splitByHash } from '@unroll/datasets';
import type { Rng } from '@unroll/rnn-core';
import { fillShape, type Point, SHAPES } from '../piece/drawing.ts';

export const SIZE = 24; // pixels each way
const COLORS = { red: [1, 0.2, 0.2], green: [0.2, 0.9, 0.3], blue: [0.3, 0.45, 1], yellow: [1, 0.9, 0.2] } as const;
const RADII = { small: 3.4, big: 5 } as const;
const RELATIONS = ['left of', 'above'] as const;

/** A picture of two shapes, and the sentence about it. */
export interface Scene {
  /** [SIZE, SIZE, 3], red, green and blue in [0, 1]. */
  readonly pixels: Float32Array;
  readonly sentence: string;
}

/** The words of all sentences. */
export const WORDS = ['a', 'left', 'of', 'above', ...[RADII, COLORS, SHAPES].flatMap((words) => Object.keys(words))];

const keysOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[];
const drawn = <T>(list: readonly T[], rng: Rng): T => list[rng.integer(list.length)] as T;

const drawThing = (rng: Rng) => ({
  size: drawn(keysOf(RADII), rng),
  color: drawn(keysOf(COLORS), rng),
  shape: drawn(keysOf(SHAPES), rng),
});

/** Draws a scene of one part: which colours and shapes stand in which relation is different in each. */
export function drawScene(part: Split, rng: Rng): Scene {
  for (;;) {
    const [relation, ...things] = [drawn(RELATIONS, rng), drawThing(rng), drawThing(rng)] as const;
    const combination = things.map(({ color, shape }) => `${color} ${shape}`).join(` ${relation} `);
    if (splitByHash(combination, { valid: 0.1, test: 0.1 }) !== part) continue;
    const pixels = Float32Array.from({ length: SIZE * SIZE * 3 }, () => 0.15 * rng.uniform());
    for (const [k, { size, color, shape }] of things.entries()) {
      const [along, across] = [6.5 + 11 * k + 2 * (rng.uniform() - 0.5), 12 + 8 * (rng.uniform() - 0.5)];
      const center: Point = relation === 'above' ? [across, along] : [along, across];
      fillShape({ size: SIZE, pixels }, SHAPES[shape], center, RADII[size], COLORS[color]);
    }
    const sentence = things.map(({ size, color, shape }) => `a ${size} ${color} ${shape}`).join(` ${relation} `);
    return { pixels, sentence };
  }
}
