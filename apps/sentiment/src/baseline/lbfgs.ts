/** A smooth function: writes its gradient at x, returns its value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** The most iterations. */
  readonly iterations: number;
  /** Stops when no element of the gradient is larger. */
  readonly tolerance: number;
  /** Stops when an iteration lowers the value by a smaller fraction; 0 by default. */
  readonly decrease?: number | undefined;
  /** Told after every iteration how many are done. */
  readonly onIteration?: ((done: number) => void) | undefined;
}

const HISTORY = 8; // pairs of step and gradient change that approximate the inverse Hessian
const ARMIJO = 1e-4; // the least fraction of the decrease that the slope predicts
const MIN_STEP = 1e-10;

/**
 * Minimises a smooth convex function in place.
 *
 * Source: Nocedal & Wright, “Numerical Optimization”, algorithms 7.4 and 7.5, with a backtracking line search; pairs
 * without positive curvature are skipped.
 *
 * @param x the initial point; afterwards the minimum
 * @returns the value at the minimum
 */
export function minimize(
  objective: Objective,
  x: Float64Array,
  { iterations, tolerance, decrease = 0, onIteration }: LbfgsOptions,
): number {
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const pairs: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  const next = new Float64Array(x.length);
  let nextGradient = new Float64Array(x.length);

  for (let k = 0; k < iterations && largest(gradient) > tolerance; k++) {
    const direction = descent(gradient, pairs);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      pairs.length = 0;
      for (let i = 0; i < x.length; i++) direction[i] = -(gradient[i] as number);
      slope = dot(direction, gradient);
    }
    let length = pairs.length === 0 ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
    let found = Number.POSITIVE_INFINITY;
    for (; length > MIN_STEP; length /= 2) {
      for (let i = 0; i < x.length; i++) next[i] = (x[i] as number) + length * (direction[i] as number);
      found = objective(next, nextGradient);
      if (found <= value + ARMIJO * length * slope) break;
    }
    if (length <= MIN_STEP) break; // rounding errors exceed any decrease that is left

    const step = next.map((to, i) => to - (x[i] as number));
    const change = nextGradient.map((to, i) => to - (gradient[i] as number));
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, curvature });
    if (pairs.length > HISTORY) pairs.shift();
    x.set(next);
    const isSlow = value - found < decrease * Math.abs(found);
    value = found;
    [gradient, nextGradient] = [nextGradient, gradient];
    onIteration?.(k + 1);
    if (isSlow) break;
  }
  return value;
}

/** Returns -H·g, where H approximates the inverse Hessian (two-loop recursion). */
function descent(
  gradient: Float64Array,
  pairs: readonly { step: Float64Array; change: Float64Array; curvature: number }[],
): Float64Array {
  const d = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { step, change, curvature } of pairs.toReversed()) {
    const alpha = dot(step, d) / curvature;
    alphas.unshift(alpha);
    addScaled(d, change, -alpha);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.change, last.change);
    for (let i = 0; i < d.length; i++) d[i] = (d[i] as number) * scale;
  }
  for (const [k, { step, change, curvature }] of pairs.entries())
    addScaled(d, step, (alphas[k] as number) - dot(change, d) / curvature);
  return d;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(y: Float64Array, x: Float64Array, alpha: number): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + alpha * (x[i] as number);
}

function largest(x: Float64Array): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) max = Math.max(max, Math.abs(x[i] as number));
  return max;
}
