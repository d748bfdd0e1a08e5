/**
 * Minimises a function without derivatives, from a start and a first simplex around it.
 *
 * Source: Nelder & Mead 1965, with the coefficients of Lagarias et al. 1998, as scipy.optimize.minimize has them.
 *
 * @param step edge of the first simplex
 * @returns the best point found
 */
export function nelderMead(
  f: (x: readonly number[]) => number,
  start: readonly number[],
  { step = 0.5, evaluations = 200 * start.length, tolerance = 1e-8 } = {},
): readonly number[] {
  const N = start.length;
  if (N === 0) return start;
  let used = 0;
  const vertex = (x: readonly number[]) => {
    used++;
    const value = f(x);
    return { x, value: Number.isNaN(value) ? Infinity : value };
  };
  const simplex = [start, ...start.map((x, k) => start.with(k, x + step))].map(vertex);
  for (;;) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst] = [simplex[0] as Vertex, simplex[N] as Vertex];
    const isFlat = worst.value - best.value < tolerance * (Math.abs(best.value) + tolerance);
    if (isFlat || used >= evaluations) return best.x;
    const centre = start.map((_, k) => simplex.slice(0, N).reduce((sum, { x }) => sum + (x[k] as number), 0) / N);
    const along = (t: number) => vertex(centre.map((c, k) => c + t * ((worst.x[k] as number) - c)));
    const reflected = along(-1);
    const second = (simplex[N - 1] as Vertex).value;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[N] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < second) simplex[N] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[N] = contracted;
      else
        for (let k = 1; k <= N; k++) {
          const { x } = simplex[k] as Vertex;
          simplex[k] = vertex(best.x.map((b, i) => b + ((x[i] as number) - b) / 2));
        }
    }
  }
}

interface Vertex {
  readonly x: readonly number[];
  readonly value: number;
}
