/** Prints the rule's coefficients from runs.jsonl, and the number of epochs that each data set asks for and gets. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leastSquares } from '@unroll/metrics';
import { z } from 'zod';

const runSchema = z.object({
  data: z.string(),
  texts: z.int(),
  /** N, of all training texts. */
  tokens: z.int(),
  epochs: z.number(),
  ensembleSize: z.int(),
  hiddenSize: z.int(),
  /** The lowest validation loss, in nats per text, of networks and bag of words together. */
  loss: z.number(),
});

/** What {@link fitEpochs} finds. */
export interface FittedEpochs {
  /** See `COEFFICIENTS` of `src/training/minutes-rule.ts`. */
  readonly epochs: readonly [number, number];
  readonly sets: readonly { readonly data: string; readonly tokens: number; readonly log2Best: number }[];
}

const OUTSIDE = 0.5; // octaves beyond the epochs that were tried, where the loss still falls

/**
 * A parabola through the losses of each data set against log₂ of the epochs gives the best number, and a line through these
 * against log₂ N is the rule. Only runs that differ in the epochs alone are compared.
 */
export function fitEpochs(): FittedEpochs {
  const runs = readFileSync(new URL('runs.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => runSchema.parse(JSON.parse(line)));
  const sets = [...new Set(runs.map(({ data }) => data))].map((data) => {
    const ofSet = runs.filter((run) => run.data === data);
    const alike = ofSet.map((one) => ofSet.filter((other) => isAlike(one, other))).reduce(longer);
    const octaves = alike.map(({ epochs }) => Math.log2(epochs));
    const [, slope = 0, curvature = 0] = leastSquares(
      octaves.map((x) => [1, x, x ** 2]),
      alike.map(({ loss }) => loss),
    );
    const most = Math.max(...octaves) + OUTSIDE;
    const log2Best = curvature > 0 ? Math.min(most, -slope / (2 * curvature)) : most;
    return { data, tokens: alike[0]?.tokens ?? 0, log2Best };
  });
  const [base = 0, byTokens = 0] = leastSquares(
    sets.map(({ tokens }) => [1, Math.log2(tokens / 2 ** 16)]),
    sets.map(({ log2Best }) => log2Best),
  );
  return { epochs: [base, byTokens], sets };
}

type Run = z.output<typeof runSchema>;

const isAlike = (a: Run, b: Run): boolean => a.ensembleSize === b.ensembleSize && a.hiddenSize === b.hiddenSize;
const longer = (a: Run[], b: Run[]): Run[] => (b.length > a.length ? b : a);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { epochs, sets } = fitEpochs();
  console.log(`epochs: [${epochs.map((x) => x.toFixed(2)).join(', ')}]`);
  for (const { data, tokens, log2Best } of sets) {
    const chosen = 2 ** (epochs[0] + epochs[1] * Math.log2(tokens / 2 ** 16));
    console.log(`${data}, ${tokens} tokens: best ${(2 ** log2Best).toFixed(0)} epochs, fitted ${chosen.toFixed(0)}`);
  }
}
