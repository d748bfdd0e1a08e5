import { type Kernels, PANEL_OUTPUTS } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';
import { viewsOf } from './views.ts';

type PackedProductKernels = Pick<Kernels, 'packedProduct' | 'packedProductInt8'>;

/** The weights of [N, K] in whole panels. */
const sizeOf = (N: number, K: number): number => Math.ceil(N / PANEL_OUTPUTS) * K * PANEL_OUTPUTS;

/** The product of one vector with packed weights, each sum over k in order, in float64. */
export function createPackedProductKernels(heap: Heap): PackedProductKernels {
  const { real, int8 } = viewsOf(heap);

  return {
    packedProduct(yPtr, xPtr, wPtr, biasPtr, N, K) {
      const [y, x, w, bias] = [real(yPtr, N), real(xPtr, K), real(wPtr, sizeOf(N, K)), real(biasPtr, N)];
      const sums = panelSums(w, x, N);
      for (let n = 0; n < N; n++) y[n] = sums[n] + bias[n];
    },

    packedProductInt8(yPtr, xPtr, wPtr, scalesPtr, biasPtr, N, K) {
      const [y, x, w] = [real(yPtr, N), real(xPtr, K), int8(wPtr, sizeOf(N, K))];
      const [scales, bias] = [real(scalesPtr, N), real(biasPtr, N)];
      const sums = panelSums(w, x, N);
      for (let n = 0; n < N; n++) y[n] = sums[n] * scales[n] + bias[n];
    },
  };
}

/** Σ_k w[n, k]·x[k] for N outputs and those that fill the last panel up. */
function panelSums(w: View, x: View, N: number): View {
  const sums: View = new Float64Array(Math.ceil(N / PANEL_OUTPUTS) * PANEL_OUTPUTS);
  for (let panel = 0, at = 0; panel < sums.length; panel += PANEL_OUTPUTS)
    for (let k = 0; k < x.length; k++) for (let n = panel; n < panel + PANEL_OUTPUTS; n++) sums[n] += w[at++] * x[k];
  return sums;
}
