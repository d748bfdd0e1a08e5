import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A run of the grid, one line of `runs.jsonl`. */
const runSchema = z.object({
  text: z.string(),
  /** n, characters of the training text. */
  length: z.int(),
  /** The budget: characters that a model of 256 units reads in it. */
  reads: z.number(),
  hiddenSize: z.int(),
  dropout: z.number(),
  steps: z.int(),
  /** The lowest validation loss, in nats per character. */
  loss: z.number(),
});

export type GridRun = z.output<typeof runSchema>;

/** What every run of the grid has in common, as flags. */
export const GRID_FLAGS =
  '--cell gru --tie-weights --batch-size 16 --bptt 32 --bptt-growth 0.75 --warmup-ratio 0.05 --grad-clip 0.25';

const CHARACTERS_PER_STEP = 16 * 32 * (8 / 7); // the window doubles after three quarters of the characters

/** Characters a second of each size, of 256 units: two threads of the native backend on a processor with AVX-512. */
const SPEED: Readonly<Record<number, number>> = {
  32: 16.4,
  64: 5.45,
  128: 3.18,
  192: 1.73,
  256: 1,
  384: 0.455,
  512: 0.227,
};

/** The steps that a size takes in a budget. @param reads characters that 256 units read in it */
export function stepsOf(hiddenSize: number, reads: number): number {
  const speed = SPEED[hiddenSize];
  if (speed === undefined) throw new Error(`no speed is known of ${hiddenSize} units`);
  return Math.max(50, Math.floor((speed * reads) / CHARACTERS_PER_STEP));
}

/** The runs in `runs.jsonl`. */
export const gridRuns = (): GridRun[] =>
  readFileSync(new URL('runs.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => runSchema.parse(JSON.parse(line)));
