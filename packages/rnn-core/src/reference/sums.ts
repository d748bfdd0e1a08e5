import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { store, viewsOf } from './views.ts';

type SumKernels = Pick<Kernels, 'sumRows' | 'sumRowsOfProduct' | 'sumColumns'>;

/** Sums down the rows and across the columns. */
export function createSumKernels(heap: Heap): SumKernels {
  const { real } = viewsOf(heap);

  return {
    sumRows(yPtr, xPtr, ldX, rows, cols, beta) {
      const [y, x] = [real(yPtr, cols), real(xPtr, rows === 0 ? 0 : (rows - 1) * ldX + cols)];
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += x[r * ldX + c];
        store(y, c, sum, beta);
      }
    },
    sumRowsOfProduct(yPtr, aPtr, bPtr, rows, cols, beta) {
      const [y, a, b] = [real(yPtr, cols), real(aPtr, rows * cols), real(bPtr, rows * cols)];
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let k = c; k < rows * cols; k += cols) sum += a[k] * b[k];
        store(y, c, sum, beta);
      }
    },
    sumColumns(yPtr, xPtr, rows, cols, beta) {
      const [y, x] = [real(yPtr, rows), real(xPtr, rows * cols)];
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += x[r * cols + c];
        store(y, r, sum, beta);
      }
    },
  };
}
