import { leastSquares } from '@unroll/metrics';
import type { GridRun } from './runs.ts';

/** The runs of one text, one budget and one optimiser, which differ in size alone. */
interface Group extends Pick<GridRun, 'text' | 'length' | 'reads' | 'optimizer'> {
  /** log₂ of the size, and the loss: lowest over the batches and dropouts that were tried. */
  readonly points: readonly { readonly size: number; readonly loss: number }[];
  readonly parabola: Parabola;
}

/** loss = least + curvature·(log₂ H − best)² */
interface Parabola {
  readonly best: number;
  readonly curvature: number;
}

/** What {@link fitRule} finds. */
export interface FittedRule {
  /** Of Muon in bf16, and what Adam in float32 takes more; see `COEFFICIENTS` of `src/training/minutes-rule.ts`. */
  readonly size: readonly [number, number, number, number];
  readonly dropout: readonly [number, number];
  /** Of each group of runs: the best size, that of a rule fitted on the other groups, and what that loses, in nats. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut extends Pick<GridRun, 'text' | 'reads' | 'optimizer'> {
  readonly best: number;
  readonly predicted: number;
  readonly lost: number;
}

/** Weighted least squares over the minima of the parabolas, one for each group (Hoffmann et al. 2022, approach 2). */
export function fitRule(runs: readonly GridRun[]): FittedRule {
  const groups = grouped(runs);
  const leftOut = groups.map((group) => {
    const { text, reads, optimizer, parabola } = group;
    const size = fitSize(groups.filter((other) => other !== group));
    const predicted = sum(product(features(group), size));
    const lost = parabola.curvature * (predicted - parabola.best) ** 2;
    return { text, reads, optimizer, best: 2 ** parabola.best, predicted: 2 ** predicted, lost };
  });
  return { size: fitSize(groups), dropout: fitDropout(runs), leftOut };
}

type Size = FittedRule['size'];

/** The explanatory variables of log₂ H. */
const features = ({ length, reads, optimizer }: Group): Size => [
  1,
  Math.log2(reads / 2 ** 24),
  Math.log2(length / 2 ** 20),
  optimizer === 'adam' ? 1 : 0,
];

/** Makes the loss that a wrong size costs least, in the sum over the groups: the square of the octaves that it is off, times the curvature. */
function fitSize(groups: readonly Group[]): Size {
  const roots = groups.map(({ parabola }) => Math.sqrt(parabola.curvature));
  const [a = 0, b = 0, c = 0, d = 0] = leastSquares(
    groups.map((group, k) => features(group).map((x) => x * (roots[k] as number))),
    groups.map(({ parabola }, k) => parabola.best * (roots[k] as number)),
  );
  return [a, b, c, d];
}

/** Where several dropouts were tried of one text, budget, size and batch, the best one against log₂ of how far the model can learn the text by heart. */
function fitDropout(runs: readonly GridRun[]): [number, number] {
  const tried = groupBy(
    runs,
    ({ text, reads, hiddenSize, batchSize }) => `${text} ${reads} ${hiddenSize} ${batchSize}`,
  ).filter((alike) => alike.length > 1);
  const best = tried.map((alike) => alike.reduce((a, b) => (b.loss < a.loss ? b : a)));
  const [a = 0, b = 0] = leastSquares(
    best.map((run) => [1, memorisation(run)]),
    best.map(({ dropout }) => dropout),
  );
  return [a, b];
}

const memorisation = ({ length, reads, hiddenSize }: GridRun): number =>
  Math.log2(((reads * (256 / hiddenSize) ** 2) / length) * ((6 * hiddenSize ** 2) / length));

function grouped(runs: readonly GridRun[]): Group[] {
  const groups: Group[] = [];
  for (const alike of groupBy(runs, ({ text, reads, optimizer }) => `${text} ${reads} ${optimizer}`)) {
    const points = groupBy(alike, ({ hiddenSize }) => String(hiddenSize)).map((ofSize) => ({
      size: Math.log2(ofSize[0].hiddenSize),
      loss: Math.min(...ofSize.map(({ loss }) => loss)),
    }));
    const [first] = alike;
    if (points.length >= 3) groups.push({ ...first, points, parabola: parabolaOf(points) });
  }
  return groups;
}

const OUTSIDE = 0.5; // octaves beyond the sizes that were tried, where the loss still falls

function parabolaOf(points: Group['points']): Parabola {
  const [, slope = 0, curvature = 0] = leastSquares(
    points.map(({ size }) => [1, size, size ** 2]),
    points.map(({ loss }) => loss),
  );
  const sizes = points.map(({ size }) => size);
  const best = -slope / (2 * curvature);
  return {
    best: Math.min(Math.max(...sizes) + OUTSIDE, Math.max(Math.min(...sizes) - OUTSIDE, best)),
    curvature: Math.max(0, curvature),
  };
}

type NonEmpty<T> = [T, ...T[]];

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): NonEmpty<T>[] {
  const groups = new Map<string, NonEmpty<T>>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

const product = (a: readonly number[], b: readonly number[]): number[] => a.map((x, k) => x * (b[k] ?? 0));
const sum = (terms: readonly number[]): number => terms.reduce((total, x) => total + x, 0);
