import type { Rng } from '@unroll/rnn-core';
import { arc, drawLine, line, type Point } from '../piece/drawing.ts';

export const SIZE = 24; // pixels each way
export const FRAMES = 5;
export const DIRECTIONS = ['→', '↘', '↓', '↙', '←', '↖', '↑', '↗'] as const;

/** A digit that moves: what is seen, and what is asked. */
export interface Video {
  /** [FRAMES, SIZE, SIZE], 0 black to 1 white. */
  readonly pixels: Float32Array;
  readonly digit: number;
  /** Index of {@link DIRECTIONS}. */
  readonly direction: number;
}

/** The strokes of each digit, in a box from (-1, -1.4) at the top left to (1, 1.4). */
const STROKES: readonly Point[][] = [
  arc(0, 0, 0.9, 1.4),
  line(-0.5, -0.9, 0.2, -1.4, 0.2, 1.4),
  [...arc(0, -0.6, 0.8, 0.8, 6, 13), ...line(-0.8, 1.4, 0.9, 1.4)],
  [...arc(0, -0.7, 0.7, 0.7, 7, 15), ...arc(0, 0.7, 0.8, 0.7, 9, 17)],
  line(0.5, 1.4, 0.5, -1.4, -0.9, 0.6, 0.9, 0.6),
  [...line(0.8, -1.4, -0.6, -1.4, -0.7, -0.2), ...arc(0, 0.5, 0.8, 0.9, 8, 17)],
  [...line(0.5, -1.4, -0.5, -0.2), ...arc(0, 0.6, 0.8, 0.8, 7, 19)],
  line(-0.9, -1.4, 0.9, -1.4, -0.2, 1.4),
  [...arc(0, -0.7, 0.65, 0.7, 3, 15), ...arc(0, 0.7, 0.85, 0.7, 9, 21)],
  [...line(-0.3, 1.4, 0.6, 0.2), ...arc(0, -0.6, 0.8, 0.8, 1, 13)],
];

/**
 * A digit of a random size, slant, width and speed in noise. The middle of its path is anywhere, so that a single frame says
 * nothing about the direction.
 */
export function drawVideo(rng: Rng): Video {
  const between = (low: number, high: number): number => low + (high - low) * rng.uniform();
  const [digit, direction] = [rng.integer(10), rng.integer(DIRECTIONS.length)];
  const [scale, slant, width, speed] = [between(3.2, 4.2), between(-0.3, 0.3), between(0.5, 1), between(0.8, 1.6)];
  const [x, y] = [between(9, 15), between(9, 15)];
  const angle = (direction * Math.PI) / 4;
  const pixels = Float32Array.from({ length: FRAMES * SIZE * SIZE }, () => 0.2 * rng.uniform());
  for (let t = 0; t < FRAMES; t++) {
    const moved = speed * (t - (FRAMES - 1) / 2);
    const [cx, cy] = [x + moved * Math.cos(angle), y + moved * Math.sin(angle)];
    const points = STROKES[digit]?.map(([px, py]): Point => [cx + scale * (px - slant * py), cy + scale * py]) ?? [];
    const frame = pixels.subarray(t * SIZE * SIZE, (t + 1) * SIZE * SIZE);
    drawLine({ size: SIZE, pixels: frame }, points, width);
  }
  return { pixels, digit, direction };
}
