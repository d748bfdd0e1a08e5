import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';
import { exp, ln } from '../math.ts';
import { store, viewsOf } from './views.ts';

type SoftmaxKernels = Pick<
  Kernels,
  | 'softmaxForward'
  | 'softmaxBackward'
  | 'logSoftmaxForward'
  | 'logSoftmaxBackward'
  | 'crossEntropyForward'
  | 'crossEntropyBackward'
>;

/** Softmax, its logarithm, and its cross-entropy. */
export function createSoftmaxKernels(heap: Heap): SoftmaxKernels {
  const { real, int32 } = viewsOf(heap);
  const classWeights = (ptr: number, V: number): View => (ptr ? real(ptr, V) : new Float64Array(V).fill(1));

  return {
    softmaxForward(yPtr, xPtr, rows, cols) {
      const [y, x] = [real(yPtr, rows * cols), real(xPtr, rows * cols)];
      for (let r = 0; r < rows; r++) {
        const lse = logSumExp(x, r * cols, cols);
        for (let k = r * cols; k < (r + 1) * cols; k++) y[k] = exp(x[k] - lse);
      }
    },
    softmaxBackward(dxPtr, dyPtr, yPtr, rows, cols, beta) {
      const [dx, dy, y] = [real(dxPtr, rows * cols), real(dyPtr, rows * cols), real(yPtr, rows * cols)];
      for (let r = 0; r < rows; r++) {
        let inner = 0;
        for (let k = r * cols; k < (r + 1) * cols; k++) inner += dy[k] * y[k];
        for (let k = r * cols; k < (r + 1) * cols; k++) store(dx, k, y[k] * (dy[k] - inner), beta);
      }
    },

    logSoftmaxForward(yPtr, xPtr, rows, cols) {
      const [y, x] = [real(yPtr, rows * cols), real(xPtr, rows * cols)];
      for (let r = 0; r < rows; r++) {
        const lse = logSumExp(x, r * cols, cols);
        for (let k = r * cols; k < (r + 1) * cols; k++) y[k] = x[k] - lse;
      }
    },
    logSoftmaxBackward(dxPtr, dyPtr, yPtr, rows, cols, beta) {
      const [dx, dy, y] = [real(dxPtr, rows * cols), real(dyPtr, rows * cols), real(yPtr, rows * cols)];
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let k = r * cols; k < (r + 1) * cols; k++) sum += dy[k];
        for (let k = r * cols; k < (r + 1) * cols; k++) store(dx, k, dy[k] - exp(y[k]) * sum, beta);
      }
    },

    crossEntropyForward(lossesPtr, lsePtr, logitsPtr, targetsPtr, weightsPtr, rows, V, ignore, smoothing) {
      const [losses, lse, x] = [real(lossesPtr, rows), real(lsePtr, rows), real(logitsPtr, rows * V)];
      const [targets, w] = [int32(targetsPtr, rows), classWeights(weightsPtr, V)];
      for (let r = 0; r < rows; r++) {
        const z = logSumExp(x, r * V, V);
        lse[r] = z;
        losses[r] = 0;
        const target = targets[r];
        if (target === ignore) continue;
        let loss = (1 - smoothing) * w[target] * (z - x[r * V + target]);
        if (smoothing > 0) for (let c = 0; c < V; c++) loss += (smoothing / V) * w[c] * (z - x[r * V + c]);
        losses[r] = loss;
      }
    },
    crossEntropyBackward(
      ...[dlogitsPtr, dlossPtr, ldLoss, logitsPtr, lsePtr, targetsPtr, weightsPtr, rows, V, ...settings]
    ) {
      const [ignore, smoothing, scale, beta] = settings;
      const [dx, x, lse] = [real(dlogitsPtr, rows * V), real(logitsPtr, rows * V), real(lsePtr, rows)];
      const dloss = real(dlossPtr, ldLoss * (rows - 1) + 1);
      const [targets, w] = [int32(targetsPtr, rows), classWeights(weightsPtr, V)];
      let sumOfWeights = 0;
      for (let c = 0; c < V; c++) sumOfWeights += w[c];
      for (let r = 0; r < rows; r++) {
        const target = targets[r];
        if (target === ignore) {
          for (let k = r * V; k < (r + 1) * V; k++) store(dx, k, 0, beta);
          continue;
        }
        const upstream = scale * dloss[r * ldLoss];
        const z = lse[r];
        const total = (1 - smoothing) * w[target] + (smoothing / V) * sumOfWeights;
        for (let c = 0; c < V; c++) {
          const wanted = (c === target ? (1 - smoothing) * w[c] : 0) + (smoothing / V) * w[c];
          store(dx, r * V + c, upstream * (total * exp(x[r * V + c] - z) - wanted), beta);
        }
      }
    },
  };
}

/** ln Σ e^x over `cols` numbers from `from`, the largest taken out so that nothing overflows. */
export function logSumExp(x: View, from: number, cols: number): number {
  let max = -Infinity;
  for (let k = from; k < from + cols; k++) max = Math.max(max, x[k]);
  if (max === -Infinity) return max;
  let sum = 0;
  for (let k = from; k < from + cols; k++) sum += exp(x[k] - max);
  return max + ln(sum);
}
