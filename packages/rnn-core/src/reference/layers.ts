import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { store, validLengths, viewsOf } from './views.ts';

type LayerKernels = Pick<
  Kernels,
  | 'embeddingForward'
  | 'embeddingBackward'
  | 'layerNormForward'
  | 'layerNormBackward'
  | 'layerNormBackwardWeight'
  | 'unfoldTime'
  | 'foldTime'
  | 'depthwiseConv1dForward'
  | 'depthwiseConv1dBackward'
  | 'maxTimeForward'
  | 'maxTimeBackward'
  | 'meanTimeForward'
  | 'meanTimeBackward'
>;

/** Embedding, layer norm, convolution windows and pooling over time. */
export function createLayerKernels(heap: Heap): LayerKernels {
  const views = viewsOf(heap);
  const { real, int32, realBytes } = views;

  return {
    embeddingForward(y, table, idsPtr, N, D) {
      const ids = int32(idsPtr, N);
      for (let n = 0; n < N; n++) real(y + n * D * realBytes, D).set(real(table + ids[n] * D * realBytes, D));
    },
    embeddingBackward(dtable, dyPtr, idsPtr, N, D) {
      const [dy, ids] = [real(dyPtr, N * D), int32(idsPtr, N)];
      for (let n = 0; n < N; n++) {
        const row = real(dtable + ids[n] * D * realBytes, D);
        for (let d = 0; d < D; d++) row[d] += dy[n * D + d];
      }
    },

    layerNormForward(yPtr, meanPtr, rstdPtr, xPtr, weightPtr, biasPtr, rows, cols, eps) {
      const [y, x] = [real(yPtr, rows * cols), real(xPtr, rows * cols)];
      const [mean, rstd] = [real(meanPtr, rows), real(rstdPtr, rows)];
      const [weight, bias] = [real(weightPtr, cols), real(biasPtr, cols)];
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += x[r * cols + c];
        const m = sum / cols;
        let squares = 0;
        for (let c = 0; c < cols; c++) squares += (x[r * cols + c] - m) * (x[r * cols + c] - m);
        const s = 1 / Math.sqrt(squares / cols + eps);
        mean[r] = m;
        rstd[r] = s;
        for (let c = 0; c < cols; c++) y[r * cols + c] = weight[c] * (x[r * cols + c] - m) * s + bias[c];
      }
    },
    layerNormBackward(dxPtr, dyPtr, xPtr, meanPtr, rstdPtr, weightPtr, rows, cols, beta) {
      const [dx, dy, x] = [real(dxPtr, rows * cols), real(dyPtr, rows * cols), real(xPtr, rows * cols)];
      const [mean, rstd, weight] = [real(meanPtr, rows), real(rstdPtr, rows), real(weightPtr, cols)];
      for (let r = 0; r < rows; r++) {
        const g = (c: number): number => dy[r * cols + c] * weight[c];
        const hat = (c: number): number => (x[r * cols + c] - mean[r]) * rstd[r];
        let [sum, sumHat] = [0, 0];
        for (let c = 0; c < cols; c++) {
          sum += g(c);
          sumHat += g(c) * hat(c);
        }
        for (let c = 0; c < cols; c++)
          store(dx, r * cols + c, rstd[r] * (g(c) - (sum + hat(c) * sumHat) / cols), beta);
      }
    },
    layerNormBackwardWeight(dweightPtr, dyPtr, xPtr, meanPtr, rstdPtr, rows, cols, beta) {
      const [dweight, dy, x] = [real(dweightPtr, cols), real(dyPtr, rows * cols), real(xPtr, rows * cols)];
      const [mean, rstd] = [real(meanPtr, rows), real(rstdPtr, rows)];
      for (let c = 0; c < cols; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += dy[r * cols + c] * (x[r * cols + c] - mean[r]) * rstd[r];
        store(dweight, c, sum, beta);
      }
    },

    unfoldTime(colsPtr, xPtr, lengthsPtr, T, B, C, K, stride, padding, To) {
      const [cols, x] = [real(colsPtr, To * B * C * K), real(xPtr, T * B * C)];
      const lengths = validLengths(views, lengthsPtr, T, B);
      for (let t = 0; t < To; t++)
        for (let b = 0; b < B; b++)
          for (let k = 0; k < K; k++) {
            const from = t * stride + k - padding;
            const inside = from >= 0 && from < lengths[b];
            for (let c = 0; c < C; c++) cols[((t * B + b) * C + c) * K + k] = inside ? x[(from * B + b) * C + c] : 0;
          }
    },
    foldTime(dxPtr, dcolsPtr, lengthsPtr, T, B, C, K, stride, padding, To, beta) {
      const [dx, dcols] = [real(dxPtr, T * B * C), real(dcolsPtr, To * B * C * K)];
      const lengths = validLengths(views, lengthsPtr, T, B);
      if (!beta) dx.fill(0);
      for (let t = 0; t < To; t++)
        for (let b = 0; b < B; b++)
          for (let k = 0; k < K; k++) {
            const from = t * stride + k - padding;
            if (from < 0 || from >= lengths[b]) continue;
            for (let c = 0; c < C; c++) dx[(from * B + b) * C + c] += dcols[((t * B + b) * C + c) * K + k];
          }
    },

    depthwiseConv1dForward(yPtr, xPtr, weightPtr, biasPtr, T, B, C, K) {
      const BC = B * C;
      const [y, x] = [real(yPtr, T * BC), real(xPtr, (T + K - 1) * BC)];
      const [weight, bias] = [real(weightPtr, K * C), real(biasPtr, C)];
      for (let i = 0; i < T * BC; i++) {
        let sum = bias[i % C];
        for (let k = 0; k < K; k++) sum += weight[k * C + (i % C)] * x[i + k * BC];
        y[i] = sum;
      }
    },
    depthwiseConv1dBackward(dxPtr, dyPtr, weightPtr, T, B, C, K, beta) {
      const BC = B * C;
      const [dx, dy, weight] = [real(dxPtr, (T + K - 1) * BC), real(dyPtr, T * BC), real(weightPtr, K * C)];
      for (let i = 0; i < (T + K - 1) * BC; i++) {
        const t = Math.floor(i / BC);
        let sum = 0;
        for (let k = Math.max(0, t - T + 1); k <= Math.min(K - 1, t); k++)
          sum += weight[k * C + (i % C)] * dy[i - k * BC];
        store(dx, i, sum, beta);
      }
    },

    maxTimeForward(yPtr, atPtr, xPtr, lengthsPtr, T, B, D) {
      const [y, at, x] = [real(yPtr, B * D), int32(atPtr, B * D), real(xPtr, T * B * D)];
      const lengths = validLengths(views, lengthsPtr, T, B);
      for (let b = 0; b < B; b++)
        for (let k = b * D; k < (b + 1) * D; k++) {
          let best = -1;
          for (let t = 0; t < lengths[b]; t++) {
            const value = x[t * B * D + k];
            if (best < 0 || value > x[best * B * D + k] || Number.isNaN(value)) best = t;
            if (Number.isNaN(value)) break;
          }
          at[k] = best;
          y[k] = best < 0 ? 0 : x[best * B * D + k];
        }
    },
    maxTimeBackward(dxPtr, dyPtr, atPtr, T, B, D, beta) {
      const [dx, dy, at] = [real(dxPtr, T * B * D), real(dyPtr, B * D), int32(atPtr, B * D)];
      if (!beta) dx.fill(0);
      for (let k = 0; k < B * D; k++) if (at[k] >= 0) dx[at[k] * B * D + k] += dy[k];
    },
    meanTimeForward(yPtr, xPtr, lengthsPtr, T, B, D) {
      const [y, x] = [real(yPtr, B * D), real(xPtr, T * B * D)];
      const lengths = validLengths(views, lengthsPtr, T, B);
      for (let b = 0; b < B; b++)
        for (let k = b * D; k < (b + 1) * D; k++) {
          let sum = 0;
          for (let t = 0; t < lengths[b]; t++) sum += x[t * B * D + k];
          y[k] = lengths[b] > 0 ? sum / lengths[b] : 0;
        }
    },
    meanTimeBackward(dxPtr, dyPtr, lengthsPtr, T, B, D, beta) {
      const [dx, dy] = [real(dxPtr, T * B * D), real(dyPtr, B * D)];
      const lengths = validLengths(views, lengthsPtr, T, B);
      for (let t = 0; t < T; t++)
        for (let k = 0; k < B * D; k++) {
          const length = lengths[Math.floor(k / D)];
          store(dx, t * B * D + k, t < length ? dy[k] / length : 0, beta);
        }
    },
  };
}
