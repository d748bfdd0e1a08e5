import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';
import { store, viewsOf } from './views.ts';

/**
 * C = op(A)·op(B) + bias + beta·C.
 *
 * Both operands are first copied into float64 panels of four rows, so that one micro-kernel serves every transposition,
 * reads memory in order and converts nothing; it forms 4×4 results at a time, each summed over k in order, in float64.
 */
export function createGemm(heap: Heap): Kernels['gemm'] {
  const { real } = viewsOf(heap);
  let panelsOfA: View = new Float64Array(0);
  let panelsOfB: View = new Float64Array(0);

  return (cPtr, ldC, aPtr, ldA, bPtr, ldB, biasPtr, M, N, K, transA, transB, beta) => {
    if (M === 0 || N === 0) return;
    const c = real(cPtr, (M - 1) * ldC + N);
    const a = real(aPtr, extent(transA ? K : M, transA ? M : K, ldA));
    const b = real(bPtr, extent(transB ? N : K, transB ? K : N, ldB));
    const bias = biasPtr ? real(biasPtr, N) : undefined;
    panelsOfA = pack(panelsOfA, a, M, K, transA ? 1 : ldA, transA ? ldA : 1);
    panelsOfB = pack(panelsOfB, b, N, K, transB ? ldB : 1, transB ? 1 : ldB);

    for (let m = 0; m < M; m += 4) {
      for (let n = 0; n < N; n += 4) {
        tile(panelsOfA, m * K, panelsOfB, n * K, K);
        const [rows, cols] = [Math.min(M - m, 4), Math.min(N - n, 4)];
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < cols; j++) {
            const at = (m + i) * ldC + n + j;
            store(c, at, sums[i * 4 + j] + (bias ? bias[n + j] : 0), beta);
          }
        }
      }
    }
  };
}

const extent = (rows: number, cols: number, ld: number): number =>
  rows === 0 || cols === 0 ? 0 : (rows - 1) * ld + cols;

/**
 * Panels of four rows, k by k: [rows / 4, K, 4], the last filled up with zeros. Element (r, k) of the operand is
 * x[r·alongRows + k·alongK].
 */
function pack(into: View, x: View, rows: number, K: number, alongRows: number, alongK: number): View {
  const size = Math.ceil(rows / 4) * 4 * K;
  const y = into.length < size ? new Float64Array(size) : into;
  for (let r = 0; r < rows; r++) {
    let at = (r - (r % 4)) * K + (r % 4);
    for (let k = 0; k < K; k++, at += 4) y[at] = x[r * alongRows + k * alongK];
  }
  for (let r = rows; r % 4 !== 0; r++) {
    let at = (r - (r % 4)) * K + (r % 4);
    for (let k = 0; k < K; k++, at += 4) y[at] = 0;
  }
  return y;
}

const sums: View = new Float64Array(16);

/** sums[i, j] = Σ_k a[k, i]·b[k, j] over one panel of each, which begin at a0 and b0. */
// biome-ignore format: sixteen sums are read as the 4×4 square they are
function tile(a: View, a0: number, b: View, b0: number, K: number): void {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0;
  let s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0;
  let s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  for (let p = a0, q = b0; p < a0 + 4 * K; p += 4, q += 4) {
    const y0 = b[q], y1 = b[q + 1], y2 = b[q + 2], y3 = b[q + 3];
    const x0 = a[p];
    s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
    const x1 = a[p + 1];
    s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
    const x2 = a[p + 2];
    s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2; s23 += x2 * y3;
    const x3 = a[p + 3];
    s30 += x3 * y0; s31 += x3 * y1; s32 += x3 * y2; s33 += x3 * y3;
  }
  sums[0] = s00; sums[1] = s01; sums[2] = s02; sums[3] = s03;
  sums[4] = s10; sums[5] = s11; sums[6] = s12; sums[7] = s13;
  sums[8] = s20; sums[9] = s21; sums[10] = s22; sums[11] = s23;
  sums[12] = s30; sums[13] = s31; sums[14] = s32; sums[15] = s33;
}
