/**
 * The x that makes |A·x − b|² least, by the normal equations and Gaussian elimination: for few unknowns, fit a line, a plane
 * or a parabola.
 *
 * @param A [n, k], the explanatory variables of n observations; a column of ones makes an intercept
 * @param b [n], the observations
 * @returns [k]
 */
export function leastSquares(A: readonly (readonly number[])[], b: readonly number[]): number[] {
  const width = A[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, k) => A.map((row) => row[k] ?? 0));
  const M = columns.map((column) => [...columns.map((other) => dot(column, other)), dot(column, b)]);
  for (let k = 0; k < width; k++) {
    const pivot = M.slice(k).reduce((best, row) => (Math.abs(row[k] ?? 0) > Math.abs(best[k] ?? 0) ? row : best));
    const at = M.indexOf(pivot);
    [M[k], M[at]] = [pivot, M[k] as number[]];
    for (const row of M)
      if (row !== pivot) {
        const factor = (row[k] ?? 0) / (pivot[k] ?? 1);
        for (let j = k; j <= width; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0);
      }
  }
  return M.map((row, k) => (row[width] ?? 0) / (row[k] ?? 1));
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * (b[k] ?? 0), 0);
