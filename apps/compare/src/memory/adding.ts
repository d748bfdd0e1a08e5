import type { MemoryTask } from './memory-task.ts';

/** Random numbers, two of them marked, one in each half: their sum is asked for at the end. */
export const adding: MemoryTask = {
  name: 'adding',
  about: 'add two marked numbers among many',
  source: 'Hochreiter & Schmidhuber 1997, experiment 4',
  inputSize: 2,
  outputSize: 1,
  tolerance: 0.08, // theirs is 0.04 of half the sum
  batch(rng, B, delay) {
    const T = Math.max(2, delay);
    const half = Math.floor(T / 2);
    const x = new Float32Array(T * B * 2);
    const numbers = new Float32Array(B);
    for (let b = 0; b < B; b++) {
      for (let t = 0; t < T; t++) x[(t * B + b) * 2] = rng.uniform();
      for (const t of [rng.integer(half), half + rng.integer(T - half)]) {
        x[(t * B + b) * 2 + 1] = 1;
        numbers[b] = (numbers[b] as number) + (x[(t * B + b) * 2] as number);
      }
    }
    return { T, x, numbers };
  },
};
