import type { Kernels, Ptr } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';
import { sigmoid, softplus, tanh } from '../math.ts';
import { steps } from './steps.ts';
import { validLengths, viewsOf } from './views.ts';

type RecurrentKernels = Pick<
  Kernels,
  | 'rnnForward'
  | 'rnnBackward'
  | 'rnnStep'
  | 'gruForward'
  | 'gruBackward'
  | 'gruStep'
  | 'lstmForward'
  | 'lstmBackward'
  | 'lstmStep'
  | 'slstmForward'
  | 'slstmBackward'
  | 'slstmStep'
>;

/**
 * The fused sequence kernels of the reference backend: the definition of correct. What does not depend on the previous
 * state stays with the caller (Appleyard et al. 2016): the input's product before, and dW_hh = Σ_t dz[t]ᵀ·h[previous]
 * and the bias gradients after. Forward and backward are in pairs.
 */
export function createRecurrentKernels(heap: Heap, gemm: Kernels['gemm']): RecurrentKernels {
  const views = viewsOf(heap);
  const { real, realBytes } = views;

  const rowAt = (matrix: Ptr, ld: number, row: number): Ptr => matrix + row * ld * realBytes;

  /**
   * y += x·W over step t, of the entries that are valid then, run by run of those side by side; y: [B, N] rows `ldY`
   * apart, x: [B, K], W: [N, K] or, transposed, [K, N].
   */
  const product = (
    y: Ptr,
    ldY: number,
    x: Ptr,
    ldX: number,
    w: Ptr,
    lengths: View,
    t: number,
    N: number,
    K: number,
    transW: 0 | 1,
  ) => {
    for (let from = 0, to = 0; from < lengths.length; from = to + 1) {
      for (to = from; to < lengths.length && t < lengths[to]; ) to++;
      if (to > from)
        gemm(rowAt(y, ldY, from), ldY, rowAt(x, ldX, from), ldX, w, transW ? K : N, 0, to - from, N, K, 0, transW, 1);
    }
  };

  return {
    rnnForward(hPtr, xgPtr, w, biasPtr, lengthsPtr, T, B, H, relu, reverse) {
      const BH = B * H;
      const zPtr = heap.allocate(BH * realBytes);
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, xg, z, bias] = [real(hPtr, (T + 1) * BH), real(xgPtr, T * BH), real(zPtr, BH), real(biasPtr, H)];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < BH; k++) z[k] = xg[t * BH + k] + bias[k % H];
        product(zPtr, H, rowAt(hPtr, BH, previous), H, w, lengths, t, H, H, 1);
        for (let k = 0; k < BH; k++) {
          const isValid = t < lengths[Math.floor(k / H)];
          h[next * BH + k] = !isValid ? h[previous * BH + k] : relu ? Math.max(z[k], 0) : tanh(z[k]);
        }
      }
      heap.free(zPtr);
    },

    rnnBackward(dhPtr, dzPtr, hPtr, w, lengthsPtr, T, B, H, relu, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, dz, h] = [real(dhPtr, (T + 1) * BH), real(dzPtr, T * BH), real(hPtr, (T + 1) * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let k = 0; k < BH; k++) {
          const isValid = t < lengths[Math.floor(k / H)];
          const [dhNext, y] = [dh[next * BH + k], h[next * BH + k]];
          dz[t * BH + k] = !isValid ? 0 : relu ? (y > 0 ? dhNext : 0) : dhNext * (1 - y * y);
          if (!isValid) dh[previous * BH + k] += dhNext;
        }
        product(rowAt(dhPtr, BH, previous), H, rowAt(dzPtr, BH, t), H, w, lengths, t, H, H, 0);
      }
    },

    rnnStep(hPtr, xgPtr, aPtr, H, relu) {
      const [h, xg, a] = [real(hPtr, H), real(xgPtr, H), real(aPtr, H)];
      for (let j = 0; j < H; j++) h[j] = relu ? Math.max(xg[j] + a[j], 0) : tanh(xg[j] + a[j]);
    },

    gruForward(hPtr, gatesPtr, qPtr, w, biasPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const aPtr = heap.allocate(3 * BH * realBytes);
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, gates, q] = [real(hPtr, (T + 1) * BH), real(gatesPtr, T * 3 * BH), real(qPtr, T * BH)];
      const [a, bias] = [real(aPtr, 3 * BH), real(biasPtr, 3 * H)];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < 3 * BH; k++) a[k] = bias[k % (3 * H)];
        product(aPtr, 3 * H, rowAt(hPtr, BH, previous), H, w, lengths, t, 3 * H, H, 1);
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const hPrevious = h[previous * BH + k];
          if (t >= lengths[b]) {
            h[next * BH + k] = hPrevious;
            continue;
          }
          const i = k + 2 * b * H; // of r in a; z and n are H and 2H further
          const g = t * 3 * BH + i; // of r in gates
          const r = (gates[g] = sigmoid(gates[g] + a[i]));
          const z = (gates[g + H] = sigmoid(gates[g + H] + a[i + H]));
          const an = (q[t * BH + k] = a[i + 2 * H]);
          const n = (gates[g + 2 * H] = tanh(gates[g + 2 * H] + r * an));
          h[next * BH + k] = (1 - z) * n + z * hPrevious;
        }
      }
      heap.free(aPtr);
    },

    gruBackward(dhPtr, gatesPtr, qPtr, hPtr, w, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, h] = [real(dhPtr, (T + 1) * BH), real(hPtr, (T + 1) * BH)];
      const [gates, q] = [real(gatesPtr, T * 3 * BH), real(qPtr, T * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const g = t * 3 * BH + k + 2 * b * H;
          const dhNext = dh[next * BH + k];
          if (t >= lengths[b]) {
            gates[g] = gates[g + H] = gates[g + 2 * H] = q[t * BH + k] = 0;
            dh[previous * BH + k] += dhNext;
            continue;
          }
          const [r, z, n] = [gates[g], gates[g + H], gates[g + 2 * H]];
          const dn = dhNext * (1 - z) * (1 - n * n);
          gates[g] = dn * q[t * BH + k] * r * (1 - r);
          gates[g + H] = dhNext * (h[previous * BH + k] - n) * z * (1 - z);
          gates[g + 2 * H] = dn;
          q[t * BH + k] = dn * r;
          dh[previous * BH + k] += dhNext * z;
        }
        const dhPrevious = rowAt(dhPtr, BH, previous);
        product(dhPrevious, H, rowAt(gatesPtr, 3 * BH, t), 3 * H, w, lengths, t, H, 2 * H, 0);
        product(dhPrevious, H, rowAt(qPtr, BH, t), H, rowAt(w, H, 2 * H), lengths, t, H, H, 0);
      }
    },

    gruStep(hPtr, xgPtr, aPtr, H) {
      const [h, xg, a] = [real(hPtr, H), real(xgPtr, 3 * H), real(aPtr, 3 * H)];
      for (let j = 0; j < H; j++) {
        const r = sigmoid(xg[j] + a[j]);
        const z = sigmoid(xg[j + H] + a[j + H]);
        const n = tanh(xg[j + 2 * H] + r * a[j + 2 * H]);
        h[j] = (1 - z) * n + z * h[j];
      }
    },

    lstmForward(hPtr, cPtr, gatesPtr, w, biasPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const zPtr = heap.allocate(4 * BH * realBytes);
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, c] = [real(hPtr, (T + 1) * BH), real(cPtr, (T + 1) * BH)];
      const [gates, z, bias] = [real(gatesPtr, T * 4 * BH), real(zPtr, 4 * BH), real(biasPtr, 4 * H)];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < 4 * BH; k++) z[k] = gates[t * 4 * BH + k] + bias[k % (4 * H)];
        product(zPtr, 4 * H, rowAt(hPtr, BH, previous), H, w, lengths, t, 4 * H, H, 1);
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          if (t >= lengths[b]) {
            c[next * BH + k] = c[previous * BH + k];
            h[next * BH + k] = h[previous * BH + k];
            continue;
          }
          const j = k + 3 * b * H; // of z_i; those of f, g and o are H, 2H and 3H further
          const gate = t * 4 * BH + j;
          const i = (gates[gate] = sigmoid(z[j]));
          const f = (gates[gate + H] = sigmoid(z[j + H]));
          const g = (gates[gate + 2 * H] = tanh(z[j + 2 * H]));
          const o = (gates[gate + 3 * H] = sigmoid(z[j + 3 * H]));
          const cNext = f * c[previous * BH + k] + i * g;
          c[next * BH + k] = cNext;
          h[next * BH + k] = o * tanh(cNext);
        }
      }
      heap.free(zPtr);
    },

    lstmBackward(dhPtr, dcPtr, dcStride, gatesPtr, cPtr, w, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, dc] = [real(dhPtr, (T + 1) * BH), real(dcPtr, T * dcStride + BH)];
      const [c, gates] = [real(cPtr, (T + 1) * BH), real(gatesPtr, T * 4 * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const z = t * 4 * BH + k + 3 * b * H;
          const dhNext = dh[next * BH + k];
          const dcNext = dc[next * dcStride + k];
          const dcPrevious = dcStride ? dc[previous * dcStride + k] : 0;
          if (t >= lengths[b]) {
            gates[z] = gates[z + H] = gates[z + 2 * H] = gates[z + 3 * H] = 0;
            dc[previous * dcStride + k] = dcPrevious + dcNext;
            dh[previous * BH + k] += dhNext;
            continue;
          }
          const [i, f, g, o] = [gates[z], gates[z + H], gates[z + 2 * H], gates[z + 3 * H]];
          const tanhC = tanh(c[next * BH + k]);
          const dcWhole = dcNext + dhNext * o * (1 - tanhC * tanhC);
          dc[next * dcStride + k] = dcWhole;
          gates[z] = dcWhole * g * i * (1 - i);
          gates[z + H] = dcWhole * c[previous * BH + k] * f * (1 - f);
          gates[z + 2 * H] = dcWhole * i * (1 - g * g);
          gates[z + 3 * H] = dhNext * tanhC * o * (1 - o);
          dc[previous * dcStride + k] = dcPrevious + dcWhole * f;
        }
        product(rowAt(dhPtr, BH, previous), H, rowAt(gatesPtr, 4 * BH, t), 4 * H, w, lengths, t, H, 4 * H, 0);
      }
    },

    lstmStep(hPtr, cPtr, xgPtr, aPtr, H) {
      const [h, c, xg, a] = [real(hPtr, H), real(cPtr, H), real(xgPtr, 4 * H), real(aPtr, 4 * H)];
      const z = (j: number): number => xg[j] + a[j];
      for (let j = 0; j < H; j++) {
        const cNext = sigmoid(z(j + H)) * c[j] + sigmoid(z(j)) * tanh(z(j + 2 * H));
        c[j] = cNext;
        h[j] = sigmoid(z(j + 3 * H)) * tanh(cNext);
      }
    },

    slstmForward(hPtr, cPtr, gatesPtr, w, biasPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const yPtr = heap.allocate(4 * BH * realBytes);
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, c] = [real(hPtr, (T + 1) * BH), real(cPtr, (T + 1) * 2 * BH)];
      const [gates, y, bias] = [real(gatesPtr, T * 4 * BH), real(yPtr, 4 * BH), real(biasPtr, 4 * H)];
      for (const { t, previous, next } of steps(T, reverse)) {
        for (let k = 0; k < 4 * BH; k++) y[k] = gates[t * 4 * BH + k] + bias[k % (4 * H)];
        product(yPtr, 4 * H, rowAt(hPtr, BH, previous), H, w, lengths, t, 4 * H, H, 1);
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const [before, after] = [previous, next].map((state) => state * 2 * BH + k + b * H) as [number, number];
          if (t >= lengths[b]) {
            c[after] = c[before];
            c[after + H] = c[before + H];
            h[next * BH + k] = h[previous * BH + k];
            continue;
          }
          const j = k + 3 * b * H; // of y_i; those of f, z and o are H, 2H and 3H further
          const gate = t * 4 * BH + j;
          const kept = c[before + H] - softplus(-y[j + H]);
          const a = (gates[gate] = sigmoid(y[j] - kept));
          gates[gate + H] = sigmoid(y[j + H]);
          const z = (gates[gate + 2 * H] = tanh(y[j + 2 * H]));
          const o = (gates[gate + 3 * H] = sigmoid(y[j + 3 * H]));
          c[after] = (1 - a) * c[before] + a * z;
          c[after + H] = lnOfSum(y[j], kept);
          h[next * BH + k] = o * c[after];
        }
      }
      heap.free(yPtr);
    },

    slstmBackward(dhPtr, dcPtr, dcStride, gatesPtr, cPtr, w, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, dc] = [real(dhPtr, (T + 1) * BH), real(dcPtr, T * dcStride + 2 * BH)];
      const [c, gates] = [real(cPtr, (T + 1) * 2 * BH), real(gatesPtr, T * 4 * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed()) {
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const y = t * 4 * BH + k + 3 * b * H;
          const cell = k + b * H; // of m; that of l is H further
          const dhNext = dh[next * BH + k];
          const [dmNext, dlNext] = [dc[next * dcStride + cell], dc[next * dcStride + cell + H]];
          const dmPrevious = dcStride ? dc[previous * dcStride + cell] : 0;
          const dlPrevious = dcStride ? dc[previous * dcStride + cell + H] : 0;
          if (t >= lengths[b]) {
            gates[y] = gates[y + H] = gates[y + 2 * H] = gates[y + 3 * H] = 0;
            dc[previous * dcStride + cell] = dmPrevious + dmNext;
            dc[previous * dcStride + cell + H] = dlPrevious + dlNext;
            dh[previous * BH + k] += dhNext;
            continue;
          }
          const [a, f, z, o] = [gates[y], gates[y + H], gates[y + 2 * H], gates[y + 3 * H]];
          const dm = dmNext + dhNext * o;
          dc[next * dcStride + cell] = dm;
          const da = dm * (z - c[previous * 2 * BH + cell]) * a * (1 - a); // of y_i - k
          const dk = dlNext * (1 - a) - da;
          gates[y] = dlNext * a + da;
          gates[y + H] = dk * (1 - f);
          gates[y + 2 * H] = dm * a * (1 - z * z);
          gates[y + 3 * H] = dhNext * c[next * 2 * BH + cell] * o * (1 - o);
          dc[previous * dcStride + cell] = dmPrevious + dm * (1 - a);
          dc[previous * dcStride + cell + H] = dlPrevious + dk;
        }
        product(rowAt(dhPtr, BH, previous), H, rowAt(gatesPtr, 4 * BH, t), 4 * H, w, lengths, t, H, 4 * H, 0);
      }
    },

    slstmStep(hPtr, cPtr, xgPtr, aPtr, H) {
      const [h, c, xg, a] = [real(hPtr, H), real(cPtr, 2 * H), real(xgPtr, 4 * H), real(aPtr, 4 * H)];
      const y = (j: number): number => xg[j] + a[j];
      for (let j = 0; j < H; j++) {
        const kept = c[j + H] - softplus(-y(j + H));
        const gate = sigmoid(y(j) - kept);
        c[j] = (1 - gate) * c[j] + gate * tanh(y(j + 2 * H));
        c[j + H] = lnOfSum(y(j), kept);
        h[j] = sigmoid(y(j + 3 * H)) * c[j];
      }
    },
  };
}

/** ln(e^x + e^y) */
const lnOfSum = (x: number, y: number): number => Math.max(x, y) + softplus(-Math.abs(x - y));
