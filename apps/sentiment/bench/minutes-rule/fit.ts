/**
 * Prints the rule's coefficients from runs.jsonl, and for each data set the best number of epochs, what the rule takes, and what is
 * lost where the rule is fitted on the other sets.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leastSquares } from '@unroll/metrics';
import { z } from 'zod';
import { enoughEpochs } from '../../src/training/minutes-rule.ts';

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

/** See `COEFFICIENTS` of `src/training/minutes-rule.ts`. */
type Coefficients = readonly [number, number];

/** What the runs of a data set say, and what the rule does with it. */
interface FittedSet {
  readonly data: string;
  readonly tokens: number;
  readonly bestEpochs: number;
  readonly fittedEpochs: number;
  /** What a rule takes that is fitted on the other sets, and the nats per text that it loses. */
  readonly leftOut: { readonly epochs: number; readonly loses: number };
}

const OUTSIDE = 0.5; // octaves beyond the epochs that were tried, where the loss still falls
const LARGE = 2 ** 19; // sets of more tokens are read the least number of epochs, whatever the line says, so that it is not fitted to them

/**
 * A parabola through the losses of each data set against log₂ of the epochs gives the best number, and a line through these
 * against log₂ N is the rule. Only runs that differ in the epochs alone are compared.
 */
export function fitEpochs(): { readonly epochs: Coefficients; readonly sets: readonly FittedSet[] } {
  const runs = readFileSync(new URL('runs.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => runSchema.parse(JSON.parse(line)));
  const names = [...new Set(runs.map(({ data }) => data))];
  const curves = names.map((data) => curveOf(runs.filter((run) => run.data === data)));
  const fitted = curves.filter(({ tokens }) => tokens < LARGE);
  const epochs = lineThrough(fitted);
  const sets = curves.map((curve) => {
    const { data, texts, tokens, log2Best, lossAt } = curve;
    const read = { texts, tokens, pretrained: false };
    const chosen = enoughEpochs(read, lineThrough(fitted.filter((other) => other !== curve)));
    return {
      data,
      tokens,
      bestEpochs: 2 ** log2Best,
      fittedEpochs: enoughEpochs(read, epochs),
      leftOut: { epochs: chosen, loses: lossAt(Math.log2(chosen)) - lossAt(log2Best) },
    };
  });
  return { epochs, sets };
}

type Run = z.output<typeof runSchema>;

interface Curve {
  readonly data: string;
  readonly texts: number;
  readonly tokens: number;
  readonly log2Best: number;
  /** The loss after so many epochs; beyond the epochs that were tried it stays. */
  readonly lossAt: (log2Epochs: number) => number;
}

/** The parabola through the runs of one data set. */
function curveOf(runs: readonly Run[]): Curve {
  const alike = runs.map((one) => runs.filter((other) => isAlike(one, other))).reduce(longer);
  const octaves = alike.map(({ epochs }) => Math.log2(epochs));
  const [base = 0, slope = 0, curvature = 0] = leastSquares(
    octaves.map((x) => [1, x, x ** 2]),
    alike.map(({ loss }) => loss),
  );
  const most = Math.max(...octaves) + OUTSIDE;
  const { data, texts, tokens } = alike[0] as Run;
  return {
    data,
    texts,
    tokens,
    log2Best: curvature > 0 ? Math.min(most, -slope / (2 * curvature)) : most,
    lossAt: (log2Epochs) => {
      const x = Math.min(most, log2Epochs);
      return base + slope * x + curvature * x ** 2;
    },
  };
}

function lineThrough(curves: readonly Curve[]): Coefficients {
  const [base = 0, byTokens = 0] = leastSquares(
    curves.map(({ tokens }) => [1, Math.log2(tokens / 2 ** 16)]),
    curves.map(({ log2Best }) => log2Best),
  );
  return [base, byTokens];
}

const isAlike = (a: Run, b: Run): boolean => a.ensembleSize === b.ensembleSize && a.hiddenSize === b.hiddenSize;
const longer = (a: Run[], b: Run[]): Run[] => (b.length > a.length ? b : a);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { epochs, sets } = fitEpochs();
  console.log(`epochs: [${epochs.map((x) => x.toFixed(2)).join(', ')}]`);
  for (const { data, tokens, bestEpochs, fittedEpochs, leftOut } of sets)
    console.log(
      `${data}, ${tokens} tokens: best ${bestEpochs.toFixed(0)} epochs, fitted ${fittedEpochs.toFixed(0)}; ` +
        `fitted on the others ${leftOut.epochs.toFixed(0)}, which loses ${leftOut.loses.toFixed(4)} nats per text`,
    );
}
