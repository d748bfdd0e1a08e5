import { IGNORED, type MemoryTask, oneHot } from './memory-task.ts';

const SYMBOLS = 4;
const COUNT = 3;
const BLANK = SYMBOLS;
const CUE = SYMBOLS + 1;

/** Three symbols are shown, then blanks, then a cue at which they are to be repeated in order. */
export const copy: MemoryTask = {
  name: 'copy',
  about: `repeat ${COUNT} symbols after a delay`,
  source: 'Hochreiter & Schmidhuber 1997; Arjovsky, Shah, Bengio 2016',
  inputSize: SYMBOLS + 2,
  outputSize: SYMBOLS,
  batch(rng, B, delay) {
    const T = 2 * COUNT + delay;
    const x = new Float32Array(T * B * this.inputSize);
    const classes = new Int32Array(T * B).fill(IGNORED);
    const recall = T - COUNT;
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < COUNT; k++) {
        const symbol = rng.integer(SYMBOLS);
        oneHot(x, B, this.inputSize, k, b, symbol);
        classes[(recall + k) * B + b] = symbol;
      }
      for (let t = COUNT; t < T; t++) oneHot(x, B, this.inputSize, t, b, t === recall ? CUE : BLANK);
    }
    return { T, x, classes };
  },
};
