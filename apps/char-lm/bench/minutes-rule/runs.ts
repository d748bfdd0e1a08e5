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
  batchSize: z.int(),
  dropout: z.number(),
  /** With Muon the products of the training are in bf16, too. */
  optimizer: z.enum(['adam', 'muon']).default('adam'),
  weightDecay: z.number().default(0),
  lr: z.number(),
  /** As many as the size takes in the budget, on two threads of the native backend on a processor with AVX-512, with Muon on one. */
  steps: z.int(),
  /** The lowest validation loss, in nats per character. */
  loss: z.number(),
});

export type GridRun = z.output<typeof runSchema>;

/** What every run of the grid has in common, as flags. */
export const GRID_FLAGS =
  '--cell gru --tie-weights --bptt 32 --bptt-growth 0.75 --warmup-ratio 0.05 --grad-clip 0.25';

/** The runs in `runs.jsonl`. */
export const gridRuns = (): GridRun[] =>
  readFileSync(new URL('runs.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => runSchema.parse(JSON.parse(line)));
