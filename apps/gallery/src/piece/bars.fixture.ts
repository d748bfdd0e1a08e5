import { Rng } from '@unroll/rnn-core';
import type { Images } from './images.ts';
import { type Digits, SIZE } from './mnist.ts';

/** Images of 28×28 in five classes: where a bar of two bright rows lies, five rows apart so that moving by two is harmless. */
function bars(count: number, rng: Rng): Images {
  const labels = Int32Array.from({ length: count }, (_, k) => k % 5);
  const values = new Uint8Array(count * SIZE * SIZE);
  for (let k = 0; k < values.length; k++) {
    const row = Math.floor(k / SIZE) % SIZE;
    const top = 3 + 5 * (Math.floor(k / (SIZE * SIZE)) % 5);
    values[k] = (row === top || row === top + 1 ? 200 : 0) + rng.integer(50);
  }
  return { height: SIZE, width: SIZE, values, labels };
}

export const BARS: Digits = {
  train: bars(200, Rng.seeded(1)),
  valid: bars(20, Rng.seeded(2)),
  test: bars(40, Rng.seeded(3)),
};
