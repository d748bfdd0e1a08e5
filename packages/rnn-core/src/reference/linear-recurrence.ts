import type { Kernels } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import { sigmoid } from '../math.ts';
import { steps } from './steps.ts';
import { validLengths, viewsOf } from './views.ts';

type LinearRecurrenceKernels = Pick<
  Kernels,
  'minGruForward' | 'minGruBackward' | 'minGruStep' | 'minLstmForward' | 'minLstmBackward' | 'minLstmStep'
>;

/**
 * Cells whose gates do not depend on the state, so that the recurrence is linear and has no product: h' = a∘h + b, where a
 * and b come from the input alone. Forward and backward are in pairs.
 */
export function createLinearRecurrenceKernels(heap: Heap): LinearRecurrenceKernels {
  const views = viewsOf(heap);
  const { real } = views;

  return {
    minGruForward(hPtr, gatesPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, gates] = [real(hPtr, (T + 1) * BH), real(gatesPtr, T * 2 * BH)];
      for (const { t, previous, next } of steps(T, reverse))
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const g = t * 2 * BH + k + b * H; // of z; h̃ is H further
          const hPrevious = h[previous * BH + k];
          if (t >= lengths[b]) {
            h[next * BH + k] = hPrevious;
            continue;
          }
          const z = (gates[g] = sigmoid(gates[g]));
          h[next * BH + k] = (1 - z) * hPrevious + z * gates[g + H];
        }
    },

    minGruBackward(dhPtr, gatesPtr, hPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, h, gates] = [real(dhPtr, (T + 1) * BH), real(hPtr, (T + 1) * BH), real(gatesPtr, T * 2 * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed())
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const g = t * 2 * BH + k + b * H;
          const dhNext = dh[next * BH + k];
          if (t >= lengths[b]) {
            gates[g] = gates[g + H] = 0;
            dh[previous * BH + k] += dhNext;
            continue;
          }
          const [z, candidate] = [gates[g], gates[g + H]];
          gates[g] = dhNext * (candidate - h[previous * BH + k]) * z * (1 - z);
          gates[g + H] = dhNext * z;
          dh[previous * BH + k] += dhNext * (1 - z);
        }
    },

    minGruStep(hPtr, xgPtr, H) {
      const [h, xg] = [real(hPtr, H), real(xgPtr, 2 * H)];
      for (let j = 0; j < H; j++) {
        const z = sigmoid(xg[j]);
        h[j] = (1 - z) * h[j] + z * xg[j + H];
      }
    },

    minLstmForward(hPtr, gatesPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [h, gates] = [real(hPtr, (T + 1) * BH), real(gatesPtr, T * 3 * BH)];
      for (const { t, previous, next } of steps(T, reverse))
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const g = t * 3 * BH + k + 2 * b * H; // of f; i and h̃ are H and 2H further
          const hPrevious = h[previous * BH + k];
          if (t >= lengths[b]) {
            h[next * BH + k] = hPrevious;
            continue;
          }
          const f = (gates[g] = sigmoid(gates[g]));
          const i = (gates[g + H] = sigmoid(gates[g + H]));
          h[next * BH + k] = (f * hPrevious + i * gates[g + 2 * H]) / (f + i);
        }
    },

    minLstmBackward(dhPtr, gatesPtr, hPtr, lengthsPtr, T, B, H, reverse) {
      const BH = B * H;
      const lengths = validLengths(views, lengthsPtr, T, B);
      const [dh, h, gates] = [real(dhPtr, (T + 1) * BH), real(hPtr, (T + 1) * BH), real(gatesPtr, T * 3 * BH)];
      for (const { t, previous, next } of steps(T, reverse).toReversed())
        for (let k = 0; k < BH; k++) {
          const b = Math.floor(k / H);
          const g = t * 3 * BH + k + 2 * b * H;
          const dhNext = dh[next * BH + k];
          if (t >= lengths[b]) {
            gates[g] = gates[g + H] = gates[g + 2 * H] = 0;
            dh[previous * BH + k] += dhNext;
            continue;
          }
          const [f, i, candidate] = [gates[g], gates[g + H], gates[g + 2 * H]];
          const kept = f / (f + i);
          const dKept = dhNext * (h[previous * BH + k] - candidate) * kept * (1 - kept);
          gates[g] = dKept * (1 - f);
          gates[g + H] = -dKept * (1 - i);
          gates[g + 2 * H] = dhNext * (1 - kept);
          dh[previous * BH + k] += dhNext * kept;
        }
    },

    minLstmStep(hPtr, xgPtr, H) {
      const [h, xg] = [real(hPtr, H), real(xgPtr, 3 * H)];
      for (let j = 0; j < H; j++) {
        const [f, i] = [sigmoid(xg[j]), sigmoid(xg[j + H])];
        h[j] = (f * h[j] + i * xg[j + 2 * H]) / (f + i);
      }
    },
  };
}
