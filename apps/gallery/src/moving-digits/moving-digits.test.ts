import { readFileSync } from 'node:fs';
import { Rng } from '@unroll/rnn-core';
import { callSuccessfully, TestFolder } from '@unroll/run/testing';
import { expect, test } from 'vitest';
import { program } from '../program.ts';
import { DIRECTIONS, drawVideo, FRAMES, SIZE } from './videos.ts';

/** The middle of what is bright in a frame. */
function center(pixels: Float32Array): [x: number, y: number] {
  let [sum, x, y] = [0, 0, 0];
  for (const [k, value] of pixels.entries()) {
    const ink = Math.max(0, value - 0.3);
    [sum, x, y] = [sum + ink, x + ink * (k % SIZE), y + ink * Math.floor(k / SIZE)];
  }
  return [x / sum, y / sum];
}

test('a digit moves where its label says', () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const { pixels, direction } = drawVideo(Rng.seeded(seed));
    const frame = (t: number) => pixels.subarray(t * SIZE * SIZE, (t + 1) * SIZE * SIZE);
    const [[x0, y0], [x1, y1]] = [center(frame(0)), center(frame(FRAMES - 1))];
    const turns = (Math.atan2(y1 - y0, x1 - x0) / (2 * Math.PI)) * DIRECTIONS.length;
    const off = (turns - direction + 2 * DIRECTIONS.length) % DIRECTIONS.length;
    expect(Math.min(off, DIRECTIONS.length - off), `seed ${seed}`).toBeLessThan(0.6);
    seen.add(direction);
  }
  expect(seen.size).toBe(DIRECTIONS.length);
});

test('it trains, beside one that sees a single frame, and draws its answers', async () => {
  using folder = new TestFolder();
  const out = `${folder.path}/run`;
  const { out: printed } = await callSuccessfully(program, [
    'moving-digits',
    '--short',
    '--seeds',
    '1',
    '--out',
    out,
  ]);
  expect(printed).toMatch(/CNN \+ GRU +\d+\.\d % +\d+\.\d %\none frame +\d/);
  expect(readFileSync(`${out}/picture.svg`, 'utf8').match(/<image/g)).toHaveLength(6 * FRAMES);
});
