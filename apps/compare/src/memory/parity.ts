import { IGNORED, type MemoryTask } from './memory-task.ts';

/**
 * A row of random bits: after each of them, whether the ones so far are odd in number. One mistake spoils all that follow, so
 * the network must hold one bit exactly, not roughly.
 */
export const parity: MemoryTask = {
  name: 'parity',
  about: 'keep the parity of a row of bits',
  source: 'Hochreiter & Schmidhuber 1996, “guessing can outperform many long time lag algorithms”',
  inputSize: 2,
  outputSize: 2,
  batch(rng, B, delay) {
    const T = Math.max(1, delay);
    const x = new Float32Array(T * B * 2);
    const classes = new Int32Array(T * B).fill(IGNORED);
    for (let b = 0; b < B; b++) {
      let odd = 0;
      for (let t = 0; t < T; t++) {
        const bit = rng.integer(2);
        odd ^= bit;
        x[(t * B + b) * 2 + bit] = 1;
        classes[t * B + b] = odd;
      }
    }
    return { T, x, classes };
  },
};
