import type { Kernels } from '../backend/backend.ts';
import type { Heap, Real } from '../backend/heap.ts';
import { exp, ln } from '../math.ts';
import { store } from './elementwise.ts';

type SoftmaxKernels = Pick<
  Kernels,
  'softmaxForward' | 'softmaxBackward' | 'crossEntropyForward' | 'crossEntropyBackward'
>;

/** Softmax, and its cross-entropy. */
export function createSoftmaxKernels(heap: Heap): SoftmaxKernels {
  /** The weight of a class, 1 where there are no weights. */
  const classWeights = (weights: number, V: number): ((c: number) => number) => {
    if (!weights) return () => 1;
    const ws = heap.real(weights, V);
    return (c) => ws[c] as number;
  };

  return {
    softmaxForward(y, x, rows, cols) {
      const [ys, xs] = [heap.real(y, rows * cols), heap.real(x, rows * cols)];
      for (let r = 0; r < rows; r++) {
        const lse = logSumExp(xs, r * cols, cols);
        for (let k = r * cols; k < (r + 1) * cols; k++) ys[k] = exp((xs[k] as number) - lse);
      }
    },
    softmaxBackward(dx, dy, y, rows, cols, beta) {
      const [dxs, dys, ys] = [heap.real(dx, rows * cols), heap.real(dy, rows * cols), heap.real(y, rows * cols)];
      for (let r = 0; r < rows; r++) {
        let inner = 0;
        for (let k = r * cols; k < (r + 1) * cols; k++) inner += (dys[k] as number) * (ys[k] as number);
        for (let k = r * cols; k < (r + 1) * cols; k++)
          store(dxs, k, (ys[k] as number) * ((dys[k] as number) - inner), beta);
      }
    },

    crossEntropyForward(losses, lse, logits, targets, weights, rows, V, ignore, smoothing) {
      const [ls, zs, xs, ts] = [
        heap.real(losses, rows),
        heap.real(lse, rows),
        heap.real(logits, rows * V),
        heap.int32(targets, rows),
      ];
      const weight = classWeights(weights, V);
      for (let r = 0; r < rows; r++) {
        const z = (zs[r] = logSumExp(xs, r * V, V));
        const target = ts[r] as number;
        if (target === ignore) {
          ls[r] = 0;
          continue;
        }
        let loss = (1 - smoothing) * weight(target) * (z - (xs[r * V + target] as number));
        if (smoothing > 0)
          for (let c = 0; c < V; c++) loss += (smoothing / V) * weight(c) * (z - (xs[r * V + c] as number));
        ls[r] = loss;
      }
    },
    crossEntropyBackward(
      dlogits,
      dloss,
      ldLoss,
      logits,
      lse,
      targets,
      weights,
      rows,
      V,
      ignore,
      smoothing,
      scale,
      beta,
    ) {
      const [dxs, xs] = [heap.real(dlogits, rows * V), heap.real(logits, rows * V)];
      const [zs, ts] = [heap.real(lse, rows), heap.int32(targets, rows)];
      const ds = heap.real(dloss, ldLoss * (rows - 1) + 1);
      const weight = classWeights(weights, V);
      let total = 0;
      for (let c = 0; c < V; c++) total += weight(c);
      for (let r = 0; r < rows; r++) {
        const target = ts[r] as number;
        const z = zs[r] as number;
        if (target === ignore) {
          for (let k = r * V; k < (r + 1) * V; k++) store(dxs, k, 0, beta);
          continue;
        }
        const upstream = scale * (ds[r * ldLoss] as number);
        const mass = (1 - smoothing) * weight(target) + (smoothing / V) * total;
        for (let c = 0; c < V; c++) {
          const wanted = (c === target ? (1 - smoothing) * weight(c) : 0) + (smoothing / V) * weight(c);
          store(dxs, r * V + c, upstream * (mass * exp((xs[r * V + c] as number) - z) - wanted), beta);
        }
      }
    },
  };
}

/** ln Σ e^x over `cols` numbers from `from`, the largest taken out so that nothing overflows. */
export function logSumExp(xs: Real, from: number, cols: number): number {
  let max = -Infinity;
  for (let k = from; k < from + cols; k++) max = Math.max(max, xs[k] as number);
  if (max === -Infinity) return max;
  let sum = 0;
  for (let k = from; k < from + cols; k++) sum += exp((xs[k] as number) - max);
  return max + ln(sum);
}
