import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { sigmoid } from '../math.ts';
import { steps } from './steps.ts';
import { validLengths, viewsOf } from './views.ts';

type SruKernels = Pick<Kernels, 'sruForward' | 'sruBackward' | 'sruStep'>;

/** The SRU: its gates see their own unit's state alone, so that a step has no product. */
export function createSruKernels(heap: Heap): SruKernels {
  const views = viewsOf(heap);
  const { real } = views;

  return {
    sruForward(hPtr, cPtr, gatesPtr, wPtr, biasPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, c, gates] = [real(hPtr, (T + 1) * BH), real(cPtr, (T + 1) * BH), real(gatesPtr, T * 4 * BH)];
      const [w, bias] = [real(wPtr, 2 * H), real(biasPtr, 2 * H)];
      for (const { t, previous, next } of steps(T, reverse))
        for (let k = 0; k < BH; k++) {
          const [b, j] = [Math.floor(k / H), k % H];
          const g = t * 4 * BH + k + 3 * b * H; // of x̃; f, r and x are H, 2H and 3H further
          const cPrevious = c[previous * BH + k];
          if (t >= lengths[b]) {
            h[next * BH + k] = h[previous * BH + k];
            c[next * BH + k] = cPrevious;
            continue;
          }
          const f = (gates[g + H] = sigmoid(gates[g + H] + w[j] * cPrevious + bias[j]));
          const r = (gates[g + 2 * H] = sigmoid(gates[g + 2 * H] + w[H + j] * cPrevious + bias[H + j]));
          const cNext = (c[next * BH + k] = f * cPrevious + (1 - f) * gates[g]);
          h[next * BH + k] = r * cNext + (1 - r) * gates[g + 3 * H];
        }
    },

    sruBackward(dhPtr, dcPtr, dcStride, gatesPtr, dwPtr, cPtr, wPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, dc] = [real(dhPtr, (T + 1) * BH), real(dcPtr, T * dcStride + BH)];
      const [c, gates] = [real(cPtr, (T + 1) * BH), real(gatesPtr, T * 4 * BH)];
      const [w, dw] = [real(wPtr, 2 * H), real(dwPtr, 2 * BH)];
      dw.fill(0);
      for (const { t, previous, next } of steps(T, reverse).toReversed())
        for (let k = 0; k < BH; k++) {
          const [b, j] = [Math.floor(k / H), k % H];
          const g = t * 4 * BH + k + 3 * b * H;
          const dhNext = dh[next * BH + k];
          const dcNext = dc[next * dcStride + k];
          const dcPrevious = dcStride ? dc[previous * dcStride + k] : 0;
          if (t >= lengths[b]) {
            gates[g] = gates[g + H] = gates[g + 2 * H] = gates[g + 3 * H] = 0;
            dc[previous * dcStride + k] = dcPrevious + dcNext;
            dh[previous * BH + k] += dhNext;
            continue;
          }
          const [candidate, f, r, x] = [gates[g], gates[g + H], gates[g + 2 * H], gates[g + 3 * H]];
          const cPrevious = c[previous * BH + k];
          const dcWhole = dcNext + dhNext * r;
          dc[next * dcStride + k] = dcWhole;
          const df = dcWhole * (cPrevious - candidate) * f * (1 - f);
          const dr = dhNext * (c[next * BH + k] - x) * r * (1 - r);
          gates[g] = dcWhole * (1 - f);
          gates[g + H] = df;
          gates[g + 2 * H] = dr;
          gates[g + 3 * H] = dhNext * (1 - r);
          dc[previous * dcStride + k] = dcPrevious + dcWhole * f + df * w[j] + dr * w[H + j];
          dw[2 * b * H + j] += df * cPrevious;
          dw[2 * b * H + H + j] += dr * cPrevious;
        }
    },

    sruStep(hPtr, cPtr, xgPtr, wPtr, biasPtr, H) {
      const [h, c, xg] = [real(hPtr, H), real(cPtr, H), real(xgPtr, 4 * H)];
      const [w, bias] = [real(wPtr, 2 * H), real(biasPtr, 2 * H)];
      for (let j = 0; j < H; j++) {
        const f = sigmoid(xg[H + j] + w[j] * c[j] + bias[j]);
        const r = sigmoid(xg[2 * H + j] + w[H + j] * c[j] + bias[H + j]);
        c[j] = f * c[j] + (1 - f) * xg[j];
        h[j] = r * c[j] + (1 - r) * xg[3 * H + j];
      }
    },
  };
}
