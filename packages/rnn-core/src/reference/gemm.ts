import type { Beta } from '../backend.ts';
import type { Heap } from '../heap.ts';

type Gemm = (
  c: number,
  ldC: number,
  a: number,
  ldA: number,
  b: number,
  ldB: number,
  bias: number,
  M: number,
  N: number,
  K: number,
  transA: 0 | 1,
  transB: 0 | 1,
  beta: Beta,
) => void;

/**
 * C = op(A)·op(B) + bias + beta·C.
 *
 * Both operands are first copied to float64 rows of length K, so that one micro-kernel serves every transposition and
 * no load converts; it forms 4×4 results at a time, each summed over k in order, in float64.
 */
export function createGemm(heap: Heap): Gemm {
  let rowsOfA = new Float64Array(0);
  let rowsOfB = new Float64Array(0);

  return (cPtr, ldC, aPtr, ldA, bPtr, ldB, biasPtr, M, N, K, transA, transB, beta) => {
    if (M === 0 || N === 0) return;
    const c = heap.real(cPtr, (M - 1) * ldC + N);
    const a = heap.real(aPtr, extent(transA ? K : M, transA ? M : K, ldA));
    const b = heap.real(bPtr, extent(transB ? N : K, transB ? K : N, ldB));
    const bias = biasPtr ? heap.real(biasPtr, N) : undefined;
    // Whole tiles only: the rows past M and N hold old numbers, and what is made of them is not stored.
    rowsOfA = pack(rowsOfA, a, ldA, M, K, transA === 1);
    rowsOfB = pack(rowsOfB, b, ldB, N, K, transB === 0);

    for (let m = 0; m < M; m += 4) {
      for (let n = 0; n < N; n += 4) {
        tile(rowsOfA, m * K, rowsOfB, n * K, K);
        for (let i = 0; i < 4 && m + i < M; i++) {
          for (let j = 0; j < 4 && n + j < N; j++) {
            const at = (m + i) * ldC + n + j;
            let value = sums[i * 4 + j] as number;
            if (bias) value += bias[n + j] as number;
            c[at] = beta ? (c[at] as number) + value : value;
          }
        }
      }
    }
  };
}

const extent = (rows: number, cols: number, ld: number): number =>
  rows === 0 || cols === 0 ? 0 : (rows - 1) * ld + cols;

/** Row r of the result is row r of x, or column r where `across`. */
function pack(
  into: Float64Array<ArrayBuffer>,
  x: ArrayLike<number>,
  ld: number,
  rows: number,
  K: number,
  across: boolean,
): Float64Array<ArrayBuffer> {
  const size = Math.ceil(rows / 4) * 4 * K;
  const y = into.length < size ? new Float64Array(size) : into;
  if (across) {
    for (let k = 0; k < K; k++) for (let r = 0; r < rows; r++) y[r * K + k] = x[k * ld + r] as number;
  } else {
    for (let r = 0; r < rows; r++) for (let k = 0; k < K; k++) y[r * K + k] = x[r * ld + k] as number;
  }
  return y;
}

const sums = new Float64Array(16);

/** sums[i, j] = Σ_k a[i, k]·b[j, k] for four rows of each. */
function tile(a: Float64Array, a0: number, b: Float64Array, b0: number, K: number): void {
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0;
  let s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  let s20 = 0,
    s21 = 0,
    s22 = 0,
    s23 = 0;
  let s30 = 0,
    s31 = 0,
    s32 = 0,
    s33 = 0;
  const a1 = a0 + K,
    a2 = a1 + K,
    a3 = a2 + K;
  const b1 = b0 + K,
    b2 = b1 + K,
    b3 = b2 + K;
  for (let k = 0; k < K; k++) {
    const y0 = b[b0 + k] as number,
      y1 = b[b1 + k] as number,
      y2 = b[b2 + k] as number,
      y3 = b[b3 + k] as number;
    const x0 = a[a0 + k] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    const x1 = a[a1 + k] as number;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
    const x2 = a[a2 + k] as number;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    s23 += x2 * y3;
    const x3 = a[a3 + k] as number;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
    s33 += x3 * y3;
  }
  sums[0] = s00;
  sums[1] = s01;
  sums[2] = s02;
  sums[3] = s03;
  sums[4] = s10;
  sums[5] = s11;
  sums[6] = s12;
  sums[7] = s13;
  sums[8] = s20;
  sums[9] = s21;
  sums[10] = s22;
  sums[11] = s23;
  sums[12] = s30;
  sums[13] = s31;
  sums[14] = s32;
  sums[15] = s33;
}
