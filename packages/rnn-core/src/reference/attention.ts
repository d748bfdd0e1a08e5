import type { Kernels } from '../backend/backend.ts';
import type { Heap, Real } from '../backend/heap.ts';
import { exp, tanh } from '../math.ts';
import { logSumExp } from './softmax.ts';

type AttentionKernels = Pick<
  Kernels,
  'attentionDotForward' | 'attentionDotBackward' | 'attentionAdditiveForward' | 'attentionAdditiveBackward'
>;

/** Queries, places in the source, batch, and the widths of key and value. */
interface Sizes {
  Q: number;
  S: number;
  B: number;
  D: number;
  E: number;
}

/** Attention over a source. Everything is a small product a batch entry, its rows B entries apart. */
export function createAttentionKernels(heap: Heap, gemm: Kernels['gemm']): AttentionKernels {
  const { realBytes } = heap;

  /** How many places each entry has; S where there are no lengths. */
  const limits = (lengths: number, { S, B }: Sizes): Int32Array =>
    lengths ? heap.int32(lengths, B) : new Int32Array(B).fill(S);

  /** weights, in: scores; out: their softmax. Then context = weights·values. */
  const mix = (context: number, weights: number, values: number, live: Int32Array, { Q, S, B, E }: Sizes): void => {
    const ws = heap.real(weights, Q * B * S);
    for (let b = 0; b < B; b++) {
      const L = live[b] as number;
      for (let q = 0; q < Q; q++) {
        const from = (q * B + b) * S;
        const lse = logSumExp(ws, from, L);
        for (let k = from; k < from + L; k++) ws[k] = exp((ws[k] as number) - lse);
        ws.fill(0, from + L, from + S);
      }
      gemm(
        context + b * E * realBytes,
        B * E,
        weights + b * S * realBytes,
        B * S,
        values + b * E * realBytes,
        B * E,
        0,
        Q,
        E,
        L,
        0,
        0,
        0,
      );
    }
  };

  /** dvalues += weightsᵀ·dcontext, and dscores = scale·w∘(dw - Σ w·dw) with dw = dcontext·valuesᵀ. */
  const mixBackward = (
    dvalues: number,
    dscores: number,
    dcontext: number,
    weights: number,
    values: number,
    live: Int32Array,
    { Q, S, B, E }: Sizes,
    scale: number,
  ): void => {
    const [ds, ws] = [heap.real(dscores, Q * B * S), heap.real(weights, Q * B * S)];
    for (let b = 0; b < B; b++) {
      const L = live[b] as number;
      const [score, value] = [b * S * realBytes, b * E * realBytes];
      gemm(dscores + score, B * S, dcontext + value, B * E, values + value, B * E, 0, Q, L, E, 0, 1, 0);
      for (let q = 0; q < Q; q++) {
        const from = (q * B + b) * S;
        let inner = 0;
        for (let k = from; k < from + L; k++) inner += (ws[k] as number) * (ds[k] as number);
        for (let k = from; k < from + L; k++) ds[k] = scale * (ws[k] as number) * ((ds[k] as number) - inner);
        ds.fill(0, from + L, from + S);
      }
      if (dvalues) gemm(dvalues + value, B * E, weights + score, B * S, dcontext + value, B * E, 0, L, E, Q, 1, 0, 1);
    }
  };

  return {
    attentionDotForward(context, weights, q, keys, values, lengths, Q, S, B, D, E, scale) {
      const sizes = { Q, S, B, D, E };
      const live = limits(lengths, sizes);
      const ws = heap.real(weights, Q * B * S);
      for (let b = 0; b < B; b++) {
        const at = b * D * realBytes;
        gemm(
          weights + b * S * realBytes,
          B * S,
          q + at,
          B * D,
          keys + at,
          B * D,
          0,
          Q,
          live[b] as number,
          D,
          0,
          1,
          0,
        );
      }
      for (let k = 0; k < Q * B * S; k++) ws[k] = scale * (ws[k] as number);
      mix(context, weights, values, live, sizes);
    },

    attentionDotBackward(
      dq,
      dkeys,
      dvalues,
      dscores,
      dcontext,
      weights,
      q,
      keys,
      values,
      lengths,
      Q,
      S,
      B,
      D,
      E,
      scale,
    ) {
      const sizes = { Q, S, B, D, E };
      const live = limits(lengths, sizes);
      mixBackward(dvalues, dscores, dcontext, weights, values, live, sizes, scale);
      for (let b = 0; b < B; b++) {
        const L = live[b] as number;
        const [score, at] = [dscores + b * S * realBytes, b * D * realBytes];
        if (dq) gemm(dq + at, B * D, score, B * S, keys + at, B * D, 0, Q, D, L, 0, 0, 1);
        if (dkeys) gemm(dkeys + at, B * D, score, B * S, q + at, B * D, 0, L, D, Q, 1, 0, 1);
      }
    },

    attentionAdditiveForward(context, weights, q, keys, values, v, lengths, Q, S, B, D, E) {
      const sizes = { Q, S, B, D, E };
      const live = limits(lengths, sizes);
      const ws = heap.real(weights, Q * B * S);
      const [qs, ks, vs] = [heap.real(q, Q * B * D), heap.real(keys, S * B * D), heap.real(v, D)];
      for (let row = 0; row < Q * B; row++) {
        const b = row % B;
        for (let s = 0; s < (live[b] as number); s++) {
          let score = 0;
          for (let d = 0; d < D; d++)
            score += (vs[d] as number) * tanh((qs[row * D + d] as number) + (ks[(s * B + b) * D + d] as number));
          ws[row * S + s] = score;
        }
      }
      mix(context, weights, values, live, sizes);
    },

    attentionAdditiveBackward(
      dq,
      dkeys,
      dvalues,
      dv,
      dscores,
      dcontext,
      weights,
      q,
      keys,
      values,
      v,
      lengths,
      Q,
      S,
      B,
      D,
      E,
    ) {
      const sizes = { Q, S, B, D, E };
      const live = limits(lengths, sizes);
      mixBackward(dvalues, dscores, dcontext, weights, values, live, sizes, 1);
      const ds = heap.real(dscores, Q * B * S);
      const [qs, ks, vs] = [heap.real(q, Q * B * D), heap.real(keys, S * B * D), heap.real(v, D)];
      const dqs = dq ? heap.real(dq, Q * B * D) : undefined;
      const dks = dkeys ? heap.real(dkeys, S * B * D) : undefined;
      const dvs = dv ? heap.real(dv, D) : undefined;
      for (let row = 0; row < Q * B; row++) {
        const b = row % B;
        for (let s = 0; s < (live[b] as number); s++) {
          const g = ds[row * S + s] as number;
          for (let d = 0; d < D; d++) {
            const [atQ, atK] = [row * D + d, (s * B + b) * D + d];
            const y = tanh((qs[atQ] as number) + (ks[atK] as number));
            const dz = g * (vs[d] as number) * (1 - y * y);
            if (dqs) add(dqs, atQ, dz);
            if (dks) add(dks, atK, dz);
            if (dvs) add(dvs, d, g * y);
          }
        }
      }
    },
  };
}

function add(y: Real, at: number, value: number): void {
  y[at] = (y[at] as number) + value;
}
