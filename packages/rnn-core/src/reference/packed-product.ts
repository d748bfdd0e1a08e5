import { type Kernels, PANEL_OUTPUTS } from '../backend/backend.ts';
import type { Heap, Real } from '../backend/heap.ts';

type PackedProductKernels = Pick<Kernels, 'packedProduct' | 'packedProductInt8'>;

/** The product of one vector with packed weights, each sum over k in order, in float64. */
export function createPackedProductKernels(heap: Heap): PackedProductKernels {
  return {
    packedProduct(y, x, w, bias, N, K) {
      const [ys, bs] = [heap.real(y, N), heap.real(bias, N)];
      const sums = panelSums(heap.real(w, Math.ceil(N / PANEL_OUTPUTS) * K * PANEL_OUTPUTS), heap.real(x, K), N);
      for (let n = 0; n < N; n++) ys[n] = (sums[n] as number) + (bs[n] as number);
    },

    packedProductInt8(y, x, w, scales, bias, N, K) {
      const [ys, ss, bs] = [heap.real(y, N), heap.real(scales, N), heap.real(bias, N)];
      const sums = panelSums(heap.int8(w, Math.ceil(N / PANEL_OUTPUTS) * K * PANEL_OUTPUTS), heap.real(x, K), N);
      for (let n = 0; n < N; n++) ys[n] = (sums[n] as number) * (ss[n] as number) + (bs[n] as number);
    },
  };
}

/** Σ_k w[n, k]·x[k] for N outputs and those that fill the last panel up. */
function panelSums(w: Real | Int8Array, x: Real, N: number): Float64Array {
  const sums = new Float64Array(Math.ceil(N / PANEL_OUTPUTS) * PANEL_OUTPUTS);
  for (let panel = 0, at = 0; panel < sums.length; panel += PANEL_OUTPUTS)
    for (let k = 0; k < x.length; k++)
      for (let n = panel; n < panel + PANEL_OUTPUTS; n++)
        sums[n] = (sums[n] as number) + (w[at++] as number) * (x[k] as number);
  return sums;
}
