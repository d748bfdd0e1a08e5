import type { Beta, Kernels, Ptr } from '../backend/backend.ts';
import type { Heap, Real } from '../backend/heap.ts';
import { sigmoid, tanh } from '../math.ts';
import { philox } from '../rng.ts';

type ElementwiseKernels = Pick<
  Kernels,
  | 'fill'
  | 'copyRows'
  | 'maskTime'
  | 'add'
  | 'mul'
  | 'scale'
  | 'dropoutMask'
  | 'tanhForward'
  | 'tanhBackward'
  | 'sigmoidForward'
  | 'sigmoidBackward'
  | 'reluForward'
  | 'reluBackward'
  | 'sumRows'
  | 'sumRowsOfProduct'
  | 'sumColumns'
  | 'repeatColumns'
>;

/** What works on one element at a time, and plain sums. */
export function createElementwiseKernels(heap: Heap): ElementwiseKernels {
  const map = (y: Ptr, x: Ptr, N: number, f: (x: number) => number): void => {
    const [ys, xs] = [heap.real(y, N), heap.real(x, N)];
    for (let k = 0; k < N; k++) ys[k] = f(xs[k] as number);
  };
  /** dx = dy·slope(y) + beta·dx, for functions whose slope follows from their value. */
  const chain = (dx: Ptr, dy: Ptr, y: Ptr, N: number, beta: Beta, slope: (y: number) => number): void => {
    const [dxs, dys, ys] = [heap.real(dx, N), heap.real(dy, N), heap.real(y, N)];
    for (let k = 0; k < N; k++) store(dxs, k, (dys[k] as number) * slope(ys[k] as number), beta);
  };

  return {
    fill(y, value, N) {
      heap.real(y, N).fill(value);
    },
    copyRows(y, ldY, x, ldX, rows, cols, beta) {
      if (rows === 0) return;
      const [ys, xs] = [heap.real(y, (rows - 1) * ldY + cols), heap.real(x, (rows - 1) * ldX + cols)];
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < cols; c++) store(ys, r * ldY + c, xs[r * ldX + c] as number, beta);
    },
    maskTime(y, x, lengths, T, B, D, beta) {
      const [ys, xs, live] = [heap.real(y, T * B * D), heap.real(x, T * B * D), heap.int32(lengths, B)];
      for (let k = 0; k < T * B * D; k++) {
        const row = Math.floor(k / D);
        store(ys, k, Math.floor(row / B) < (live[row % B] as number) ? (xs[k] as number) : 0, beta);
      }
    },

    add(y, a, b, N, period) {
      const [ys, as, bs] = [heap.real(y, N), heap.real(a, N), heap.real(b, period)];
      for (let k = 0; k < N; k++) ys[k] = (as[k] as number) + (bs[k % period] as number);
    },
    mul(y, a, b, N, period, beta) {
      const [ys, as, bs] = [heap.real(y, N), heap.real(a, N), heap.real(b, period)];
      for (let k = 0; k < N; k++) store(ys, k, (as[k] as number) * (bs[k % period] as number), beta);
    },
    scale(y, x, alpha, N, beta) {
      const [ys, xs] = [heap.real(y, N), heap.real(x, N)];
      for (let k = 0; k < N; k++) store(ys, k, alpha * (xs[k] as number), beta);
    },
    dropoutMask(y, N, keep, key0, key1) {
      const ys = heap.real(y, N);
      const threshold = keep * 2 ** 32;
      const words = new Uint32Array(4);
      for (let k = 0; k < N; k += 4) {
        philox([k / 4, 0, 0, 0], [key0, key1], words);
        for (let lane = 0; lane < 4 && k + lane < N; lane++)
          ys[k + lane] = (words[lane] as number) < threshold ? 1 / keep : 0;
      }
    },

    tanhForward: (y, x, N) => map(y, x, N, tanh),
    tanhBackward: (dx, dy, y, N, beta) => chain(dx, dy, y, N, beta, (value) => 1 - value * value),
    sigmoidForward: (y, x, N) => map(y, x, N, sigmoid),
    sigmoidBackward: (dx, dy, y, N, beta) => chain(dx, dy, y, N, beta, (value) => value * (1 - value)),
    reluForward: (y, x, N) => map(y, x, N, (value) => (value < 0 ? 0 : value)),
    reluBackward: (dx, dy, y, N, beta) => chain(dx, dy, y, N, beta, (value) => (value > 0 ? 1 : 0)),

    sumRows(y, x, ldX, rows, cols, beta) {
      const [ys, xs] = [heap.real(y, cols), heap.real(x, rows === 0 ? 0 : (rows - 1) * ldX + cols)];
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += xs[r * ldX + c] as number;
        store(ys, c, sum, beta);
      }
    },
    sumRowsOfProduct(y, a, b, rows, cols, beta) {
      const [ys, as, bs] = [heap.real(y, cols), heap.real(a, rows * cols), heap.real(b, rows * cols)];
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let k = c; k < rows * cols; k += cols) sum += (as[k] as number) * (bs[k] as number);
        store(ys, c, sum, beta);
      }
    },
    sumColumns(y, x, rows, cols, beta) {
      const [ys, xs] = [heap.real(y, rows), heap.real(x, rows * cols)];
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += xs[r * cols + c] as number;
        store(ys, r, sum, beta);
      }
    },
    repeatColumns(y, x, rows, cols, beta) {
      const [ys, xs] = [heap.real(y, rows * cols), heap.real(x, rows)];
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) store(ys, r * cols + c, xs[r] as number, beta);
    },
  };
}

/** y[k] = value + beta·y[k], without reading y[k] when beta is 0. */
export function store(y: Real, k: number, value: number, beta: Beta): void {
  y[k] = beta ? (y[k] as number) + value : value;
}
