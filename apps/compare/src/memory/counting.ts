import { IGNORED, type MemoryTask, oneHot } from './memory-task.ts';

const [A, B_SYMBOL] = [0, 1];
const [MORE, LAST] = [0, 1];

/** n times a, then n times b: at each b, whether it is the last. n is up to the delay. */
export const counting: MemoryTask = {
  name: 'counting',
  about: 'tell the last b of aⁿbⁿ',
  source: 'Gers & Schmidhuber 2001',
  inputSize: 2,
  outputSize: 2,
  batch(rng, B, delay) {
    const longest = Math.max(1, delay);
    const T = 2 * longest;
    const x = new Float32Array(T * B * this.inputSize);
    const classes = new Int32Array(T * B).fill(IGNORED);
    for (let b = 0; b < B; b++) {
      const n = 1 + rng.integer(longest);
      for (let t = 0; t < 2 * n; t++) {
        oneHot(x, B, this.inputSize, t, b, t < n ? A : B_SYMBOL);
        if (t >= n) classes[t * B + b] = t === 2 * n - 1 ? LAST : MORE;
      }
    }
    return { T, x, classes };
  },
};
