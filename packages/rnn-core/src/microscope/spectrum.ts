import type { Real } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';
import { Rng } from '../rng.ts';

/** How a matrix scales a vector that passes through it again and again. */
export type Spectrum = {
  /** The largest |eigenvalue|: the growth of a state per step in the long run. */
  readonly radius: number;
  /** The largest singular value: the most it can grow in one step. */
  readonly norm: number;
};

const SETTLING_STEPS = 64;
const MEASURED_STEPS = 64;
const NORM_STEPS = 24; // WᵀW has no complex pairs

/**
 * The spectral radius and norm of a square matrix, by power iteration: the norm of WᵀW, and for the radius the mean growth
 * of a vector, since the largest eigenvalues of a recurrent matrix are mostly a complex pair, under which a vector turns
 * and never settles. Good to 2 %, for the cost of `SETTLING_STEPS` + `MEASURED_STEPS` products.
 *
 * @param w [H, H], row-major
 */
export function spectrumOf(w: Real, H: number): Spectrum {
  const rng = Rng.seeded(H);
  let x = Float64Array.from({ length: H }, () => rng.normal());
  let y = new Float64Array(H);
  normalise(x);
  const start = x.slice();

  let logGrowth = 0;
  for (let step = 0; step < SETTLING_STEPS + MEASURED_STEPS; step++) {
    transposedProduct(y, w, x); // Wᵀ has the eigenvalues of W, and its product runs along the rows
    const growth = normalise(y);
    if (growth === 0) return { radius: 0, norm: normOf(w, start, y) }; // nilpotent: W^k is zero
    if (step >= SETTLING_STEPS) logGrowth += Math.log(growth);
    [x, y] = [y, x];
  }
  return { radius: Math.exp(logGrowth / MEASURED_STEPS), norm: normOf(w, start, y) };
}

/** @param x a unit vector to begin with; overwritten, as is y */
function normOf(w: Real, x: Float64Array, y: Float64Array): number {
  let square = 0;
  for (let step = 0; step < NORM_STEPS; step++) {
    product(y, w, x);
    transposedProduct(x, w, y);
    square = normalise(x);
  }
  return Math.sqrt(square);
}

/** y = W·x */
function product(y: View, w: View, x: View): void {
  const H = x.length;
  for (let r = 0, at = 0; r < H; r++) {
    let sum = 0;
    for (let c = 0; c < H; c++, at++) sum += w[at] * x[c];
    y[r] = sum;
  }
}

/** x = Wᵀ·y */
function transposedProduct(x: View, w: View, y: View): void {
  const H = y.length;
  x.fill(0);
  for (let r = 0, at = 0; r < H; r++) {
    const scale = y[r];
    for (let c = 0; c < H; c++, at++) x[c] += scale * w[at];
  }
}

/** Makes x a unit vector. @returns its norm before */
function normalise(x: View): number {
  let squares = 0;
  for (const value of x) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let k = 0; k < x.length; k++) x[k] /= length;
  return length;
}
