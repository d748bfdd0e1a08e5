import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { store } from './elementwise.ts';

type LayerKernels = Pick<
  Kernels,
  | 'embeddingForward'
  | 'embeddingBackward'
  | 'layerNormForward'
  | 'layerNormBackward'
  | 'layerNormBackwardWeight'
  | 'unfoldTime'
  | 'foldTime'
  | 'maxTimeForward'
  | 'maxTimeBackward'
  | 'meanTimeForward'
  | 'meanTimeBackward'
>;

/** Embedding, layer norm, and what looks along time: convolution windows and pooling. */
export function createLayerKernels(heap: Heap): LayerKernels {
  const lengthOf = (lengths: number, T: number, B: number): ((b: number) => number) => {
    if (!lengths) return () => T;
    const live = heap.int32(lengths, B);
    return (b) => live[b] as number;
  };

  return {
    embeddingForward(y, table, ids, N, D) {
      for (const [n, id] of heap.int32(ids, N).entries()) {
        const row = heap.real(table + id * D * heap.realBytes, D);
        heap.real(y + n * D * heap.realBytes, D).set(row);
      }
    },
    embeddingBackward(dtable, dy, ids, N, D) {
      const dys = heap.real(dy, N * D);
      for (const [n, id] of heap.int32(ids, N).entries()) {
        const row = heap.real(dtable + id * D * heap.realBytes, D);
        for (let d = 0; d < D; d++) store(row, d, dys[n * D + d] as number, 1);
      }
    },

    layerNormForward(y, mean, rstd, x, weight, bias, rows, cols, eps) {
      const [ys, xs] = [heap.real(y, rows * cols), heap.real(x, rows * cols)];
      const [means, rstds] = [heap.real(mean, rows), heap.real(rstd, rows)];
      const [weights, biases] = [heap.real(weight, cols), heap.real(bias, cols)];
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += xs[r * cols + c] as number;
        const m = sum / cols;
        let squares = 0;
        for (let c = 0; c < cols; c++) {
          const off = (xs[r * cols + c] as number) - m;
          squares += off * off;
        }
        const s = 1 / Math.sqrt(squares / cols + eps);
        means[r] = m;
        rstds[r] = s;
        for (let c = 0; c < cols; c++)
          ys[r * cols + c] = (weights[c] as number) * ((xs[r * cols + c] as number) - m) * s + (biases[c] as number);
      }
    },
    layerNormBackward(dx, dy, x, mean, rstd, weight, rows, cols, beta) {
      const [dxs, dys, xs] = [heap.real(dx, rows * cols), heap.real(dy, rows * cols), heap.real(x, rows * cols)];
      const [means, rstds, weights] = [heap.real(mean, rows), heap.real(rstd, rows), heap.real(weight, cols)];
      for (let r = 0; r < rows; r++) {
        const [m, s] = [means[r] as number, rstds[r] as number];
        let sum = 0;
        let sumHat = 0;
        for (let c = 0; c < cols; c++) {
          const g = (dys[r * cols + c] as number) * (weights[c] as number);
          sum += g;
          sumHat += g * ((xs[r * cols + c] as number) - m) * s;
        }
        for (let c = 0; c < cols; c++) {
          const g = (dys[r * cols + c] as number) * (weights[c] as number);
          const hat = ((xs[r * cols + c] as number) - m) * s;
          store(dxs, r * cols + c, s * (g - (sum + hat * sumHat) / cols), beta);
        }
      }
    },
    layerNormBackwardWeight(dweight, dy, x, mean, rstd, rows, cols, beta) {
      const [dgs, dys, xs] = [heap.real(dweight, cols), heap.real(dy, rows * cols), heap.real(x, rows * cols)];
      const [means, rstds] = [heap.real(mean, rows), heap.real(rstd, rows)];
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++)
          sum +=
            (dys[r * cols + c] as number) *
            ((xs[r * cols + c] as number) - (means[r] as number)) *
            (rstds[r] as number);
        store(dgs, c, sum, beta);
      }
    },

    unfoldTime(cols, x, lengths, T, B, C, K, stride, padding, To) {
      const [ys, xs] = [heap.real(cols, To * B * C * K), heap.real(x, T * B * C)];
      const length = lengthOf(lengths, T, B);
      for (let t = 0; t < To; t++) {
        for (let b = 0; b < B; b++) {
          for (let k = 0; k < K; k++) {
            const from = t * stride + k - padding;
            const inside = from >= 0 && from < length(b);
            for (let c = 0; c < C; c++)
              ys[((t * B + b) * C + c) * K + k] = inside ? (xs[(from * B + b) * C + c] as number) : 0;
          }
        }
      }
    },
    foldTime(dx, dcols, lengths, T, B, C, K, stride, padding, To, beta) {
      const [dxs, dys] = [heap.real(dx, T * B * C), heap.real(dcols, To * B * C * K)];
      const length = lengthOf(lengths, T, B);
      if (!beta) dxs.fill(0);
      for (let t = 0; t < To; t++) {
        for (let b = 0; b < B; b++) {
          for (let k = 0; k < K; k++) {
            const from = t * stride + k - padding;
            if (from < 0 || from >= length(b)) continue;
            for (let c = 0; c < C; c++)
              store(dxs, (from * B + b) * C + c, dys[((t * B + b) * C + c) * K + k] as number, 1);
          }
        }
      }
    },

    maxTimeForward(y, at, x, lengths, T, B, D) {
      const [ys, ats, xs] = [heap.real(y, B * D), heap.int32(at, B * D), heap.real(x, T * B * D)];
      const length = lengthOf(lengths, T, B);
      for (let b = 0; b < B; b++) {
        for (let k = b * D; k < (b + 1) * D; k++) {
          let best = -1;
          for (let t = 0; t < length(b); t++) {
            const value = xs[t * B * D + k] as number;
            if (best < 0 || value > (xs[best * B * D + k] as number) || Number.isNaN(value)) best = t;
            if (Number.isNaN(value)) break;
          }
          ats[k] = best;
          ys[k] = best < 0 ? 0 : (xs[best * B * D + k] as number);
        }
      }
    },
    maxTimeBackward(dx, dy, at, T, B, D, beta) {
      const [dxs, dys, ats] = [heap.real(dx, T * B * D), heap.real(dy, B * D), heap.int32(at, B * D)];
      if (!beta) dxs.fill(0);
      for (let k = 0; k < B * D; k++)
        if ((ats[k] as number) >= 0) store(dxs, (ats[k] as number) * B * D + k, dys[k] as number, 1);
    },
    meanTimeForward(y, x, lengths, T, B, D) {
      const [ys, xs] = [heap.real(y, B * D), heap.real(x, T * B * D)];
      const length = lengthOf(lengths, T, B);
      for (let b = 0; b < B; b++) {
        for (let k = b * D; k < (b + 1) * D; k++) {
          let sum = 0;
          for (let t = 0; t < length(b); t++) sum += xs[t * B * D + k] as number;
          ys[k] = length(b) > 0 ? sum / length(b) : 0;
        }
      }
    },
    meanTimeBackward(dx, dy, lengths, T, B, D, beta) {
      const [dxs, dys] = [heap.real(dx, T * B * D), heap.real(dy, B * D)];
      const length = lengthOf(lengths, T, B);
      for (let t = 0; t < T; t++)
        for (let k = 0; k < B * D; k++) {
          const n = length(Math.floor(k / D));
          store(dxs, t * B * D + k, t < n ? (dys[k] as number) / n : 0, beta);
        }
    },
  };
}
