import type { Initializer } from './parameters.ts';

/** All elements the same. */
export const constant =
  (value: number): Initializer =>
  (values) => {
    values.fill(value);
  };

/**
 * Biases [G·H] of a cell with a forget gate: `value` for that gate and 0 for the others, so that cells remember at first.
 * Source: Jozefowicz, Zaremba, Sutskever 2015.
 *
 * @param value of the forget gate
 * @param gates how many blocks of H there are, and which is the forget gate; those of an LSTM by default, i f g o
 */
export const forgetGateBias =
  (value = 1, { blocks, forget } = { blocks: 4, forget: 1 }): Initializer =>
  (values) => {
    const H = values.length / blocks;
    values.fill(0).fill(value, forget * H, (forget + 1) * H);
  };

/** Uniform in [-bound, bound). */
export const uniform =
  (bound: number): Initializer =>
  (values, _, rng) => {
    for (let k = 0; k < values.length; k++) values[k] = (2 * rng.uniform() - 1) * bound;
  };

/** Normal with mean 0. */
export const normal =
  (deviation: number): Initializer =>
  (values, _, rng) => {
    for (let k = 0; k < values.length; k++) values[k] = rng.normal() * deviation;
  };

/**
 * Each square block of rows an orthogonal matrix, so that the recurrent product neither shrinks nor grows a state:
 * for [4H, H] one block per gate. Source: Saxe, McClelland, Ganguli 2014; Gram and Schmidt on normal numbers.
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (values, [rows = 0, cols = 0], rng) => {
    for (let top = 0; top < rows; top += cols) {
      const basis: Float64Array[] = [];
      while (basis.length < Math.min(cols, rows - top)) {
        const v = Float64Array.from({ length: cols }, () => rng.normal());
        // Twice: once leaves a rest of rounding that grows with the number of rows.
        for (let pass = 0; pass < 2; pass++) for (const u of basis) addScaled(v, u, -dot(u, v));
        const length = Math.sqrt(dot(v, v));
        if (length < 1e-3) continue; // it lay in the span of the others
        basis.push(v.map((x) => x / length));
      }
      for (const [r, v] of basis.entries())
        for (let c = 0; c < cols; c++) values[(top + r) * cols + c] = gain * (v[c] as number);
    }
  };

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

function addScaled(y: Float64Array, x: Float64Array, alpha: number): void {
  for (let k = 0; k < y.length; k++) y[k] = (y[k] as number) + alpha * (x[k] as number);
}
