import { IGNORED, type MemoryTask, oneHot } from './memory-task.ts';

const DISTRACTORS = 4;
const X = DISTRACTORS; // Y is the next
const END = DISTRACTORS + 2;

/** Among random distractors stand two symbols, each X or Y: which, in which order, is asked for at the end. */
export const temporalOrder: MemoryTask = {
  name: 'temporal-order',
  about: 'tell in which order two rare symbols came',
  source: 'Hochreiter & Schmidhuber 1997, experiment 6a',
  inputSize: DISTRACTORS + 3,
  outputSize: 4,
  batch(rng, B, delay) {
    const T = Math.max(3, delay);
    const half = Math.floor((T - 1) / 2);
    const x = new Float32Array(T * B * this.inputSize);
    const classes = new Int32Array(T * B).fill(IGNORED);
    for (let b = 0; b < B; b++) {
      const [first, second] = [rng.integer(half), half + rng.integer(T - 1 - half)];
      const [a, z] = [rng.integer(2), rng.integer(2)];
      for (let t = 0; t < T - 1; t++) {
        const distractor = rng.integer(DISTRACTORS);
        oneHot(x, B, this.inputSize, t, b, t === first ? X + a : t === second ? X + z : distractor);
      }
      oneHot(x, B, this.inputSize, T - 1, b, END);
      classes[(T - 1) * B + b] = 2 * a + z;
    }
    return { T, x, classes };
  },
};
