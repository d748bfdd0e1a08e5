import type { Kernels, Ptr } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';
import { exp, tanh } from '../math.ts';
import { logSumExp } from './softmax.ts';
import { validLengths, viewsOf } from './views.ts';

type AttentionKernels = Pick<
  Kernels,
  'attentionDotForward' | 'attentionDotBackward' | 'attentionAdditiveForward' | 'attentionAdditiveBackward'
>;

/** Queries, positions in the source, batch, and the width of the values. */
interface Sizes {
  Q: number;
  S: number;
  B: number;
  E: number;
}

/** Attention over a source. Everything is a small product a batch entry, its rows B entries apart. */
export function createAttentionKernels(heap: Heap, gemm: Kernels['gemm']): AttentionKernels {
  const views = viewsOf(heap);
  const { real, realBytes } = views;

  /** weights, in: scores; out: their softmax. Then context = weights·values. */
  const mix = (context: Ptr, weights: Ptr, values: Ptr, lengths: View, { Q, S, B, E }: Sizes): void => {
    const w = real(weights, Q * B * S);
    for (let b = 0; b < B; b++) {
      const length = lengths[b];
      for (let q = 0; q < Q; q++) {
        const from = (q * B + b) * S;
        const lse = logSumExp(w, from, length);
        for (let k = from; k < from + length; k++) w[k] = exp(w[k] - lse);
        w.fill(0, from + length, from + S);
      }
      const [score, value] = [b * S * realBytes, b * E * realBytes];
      gemm(context + value, B * E, weights + score, B * S, values + value, B * E, 0, Q, E, length, 0, 0, 0);
    }
  };

  /** dvalues += weightsᵀ·dcontext, and dscores = scale·w∘(dw - Σ w·dw) with dw = dcontext·valuesᵀ. */
  const mixBackward = (
    dvalues: Ptr,
    dscores: Ptr,
    dcontext: Ptr,
    weights: Ptr,
    values: Ptr,
    lengths: View,
    { Q, S, B, E }: Sizes,
    scale: number,
  ): void => {
    const [d, w] = [real(dscores, Q * B * S), real(weights, Q * B * S)];
    for (let b = 0; b < B; b++) {
      const length = lengths[b];
      const [score, value] = [b * S * realBytes, b * E * realBytes];
      gemm(dscores + score, B * S, dcontext + value, B * E, values + value, B * E, 0, Q, length, E, 0, 1, 0);
      for (let q = 0; q < Q; q++) {
        const from = (q * B + b) * S;
        let inner = 0;
        for (let k = from; k < from + length; k++) inner += w[k] * d[k];
        for (let k = from; k < from + length; k++) d[k] = scale * w[k] * (d[k] - inner);
        d.fill(0, from + length, from + S);
      }
      if (dvalues)
        gemm(dvalues + value, B * E, weights + score, B * S, dcontext + value, B * E, 0, length, E, Q, 1, 0, 1);
    }
  };

  return {
    attentionDotForward(context, weights, q, keys, values, lengthsPtr, Q, S, B, D, E, scale) {
      const lengths = validLengths(views, lengthsPtr, S, B);
      for (let b = 0; b < B; b++) {
        const key = b * D * realBytes;
        gemm(weights + b * S * realBytes, B * S, q + key, B * D, keys + key, B * D, 0, Q, lengths[b], D, 0, 1, 0);
      }
      const w = real(weights, Q * B * S);
      for (let k = 0; k < Q * B * S; k++) w[k] *= scale;
      mix(context, weights, values, lengths, { Q, S, B, E });
    },

    attentionDotBackward(
      ...[dq, dkeys, dvalues, dscores, dcontext, weights, q, keys, values, lengthsPtr, Q, S, B, D, E, scale]
    ) {
      const lengths = validLengths(views, lengthsPtr, S, B);
      mixBackward(dvalues, dscores, dcontext, weights, values, lengths, { Q, S, B, E }, scale);
      for (let b = 0; b < B; b++) {
        const length = lengths[b];
        const [score, key] = [dscores + b * S * realBytes, b * D * realBytes];
        if (dq) gemm(dq + key, B * D, score, B * S, keys + key, B * D, 0, Q, D, length, 0, 0, 1);
        if (dkeys) gemm(dkeys + key, B * D, score, B * S, q + key, B * D, 0, length, D, Q, 1, 0, 1);
      }
    },

    attentionAdditiveForward(context, weights, qPtr, keysPtr, values, vPtr, lengthsPtr, Q, S, B, D, E) {
      const lengths = validLengths(views, lengthsPtr, S, B);
      const w = real(weights, Q * B * S);
      const [q, keys, v] = [real(qPtr, Q * B * D), real(keysPtr, S * B * D), real(vPtr, D)];
      for (let row = 0; row < Q * B; row++) {
        const b = row % B;
        for (let s = 0; s < lengths[b]; s++) {
          let score = 0;
          for (let d = 0; d < D; d++) score += v[d] * tanh(q[row * D + d] + keys[(s * B + b) * D + d]);
          w[row * S + s] = score;
        }
      }
      mix(context, weights, values, lengths, { Q, S, B, E });
    },

    attentionAdditiveBackward(
      ...[dqPtr, dkeysPtr, dvalues, dvPtr, dscores, dcontext, weights, qPtr, keysPtr, values, vPtr, ...sizes]
    ) {
      const [lengthsPtr, Q, S, B, D, E] = sizes;
      const lengths = validLengths(views, lengthsPtr, S, B);
      mixBackward(dvalues, dscores, dcontext, weights, values, lengths, { Q, S, B, E }, 1);
      const [q, keys, v, d] = [
        real(qPtr, Q * B * D),
        real(keysPtr, S * B * D),
        real(vPtr, D),
        real(dscores, Q * B * S),
      ];
      const dq = dqPtr ? real(dqPtr, Q * B * D) : undefined;
      const dkeys = dkeysPtr ? real(dkeysPtr, S * B * D) : undefined;
      const dv = dvPtr ? real(dvPtr, D) : undefined;
      for (let row = 0; row < Q * B; row++) {
        const b = row % B;
        for (let s = 0; s < lengths[b]; s++) {
          const dscore = d[row * S + s];
          for (let j = 0; j < D; j++) {
            const [query, key] = [row * D + j, (s * B + b) * D + j];
            const y = tanh(q[query] + keys[key]);
            const dz = dscore * v[j] * (1 - y * y);
            if (dq) dq[query] += dz;
            if (dkeys) dkeys[key] += dz;
            if (dv) dv[j] += dscore * y;
          }
        }
      }
    },
  };
}
