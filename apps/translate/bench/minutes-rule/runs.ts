import { readFileSync } from 'node:fs';
import { z } from 'zod';

const runSchema = z.object({
  /** A key of `CORPORA` in `collect.ts`. */
  data: z.string(),
  /** Training pairs, spread evenly over those of the data set. */
  pairs: z.int(),
  vocabSize: z.int(),
  jointVocab: z.boolean(),
  hiddenSize: z.int(),
  dropout: z.number(),
  batchTokens: z.int(),
  lr: z.number(),
  /** Whether batch and dropout are those that the rule chooses for the size. */
  chosen: z.boolean().default(false),
  steps: z.int(),
  /** The budget: target tokens that a model of 256 units reads in it, where this one reads {@link read}. */
  reads: z.int(),
  /** N, the target tokens of all training pairs. */
  tokens: z.int(),
  /** Target tokens that were read. */
  read: z.int(),
  /** The lowest validation loss, in nats per byte of the validation pairs' targets. */
  loss: z.number(),
  /** Of greedy translations of the validation sentences. */
  chrf2: z.number(),
});

/** A training of the grid, one line of `runs.jsonl`. */
export type RuleRun = z.output<typeof runSchema>;

/** What every run has in common. */
export const COMMON = { beta2: 0.98, gradClip: 0.5, warmupRatio: 0.05 } as const;

/** The runs that the rule is fitted on. */
export const RUNS = new URL('runs.jsonl', import.meta.url);

/** The runs in a file. */
export const readRuns = (file: URL): RuleRun[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => runSchema.parse(JSON.parse(line)));
