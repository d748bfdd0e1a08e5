import { type Backend, PANEL_OUTPUTS, type Ptr } from '../backend/backend.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The number format of packed weights: float32, or int8 with one scale per output. */
export type WeightFormat = 'float32' | 'int8';

/**
 * A matrix W: [N, K] and a bias: [N], laid out once for products with one vector after another.
 *
 * In int8 the largest weight of an output becomes ±127: w = scale·q, scale[n] = max_k |w[n, k]| / 127. Activations, sums
 * and biases stay float32.
 */
export class PackedMatrix implements Disposable {
  readonly N: number;
  readonly K: number;
  readonly #backend: Backend;
  readonly #weights: Ptr;
  readonly #scales: Ptr; // 0 in float32
  readonly #bias: Ptr;

  /**
   * @param weight [N, K]
   * @param bias [N], read at every product, not copied
   */
  constructor(backend: Backend, weight: Tensor, bias: Ptr, format: WeightFormat) {
    const [N = 0, K = 0] = weight.shape;
    const { heap } = backend;
    const size = Math.ceil(N / PANEL_OUTPUTS) * PANEL_OUTPUTS * K;
    this.N = N;
    this.K = K;
    this.#backend = backend;
    this.#bias = bias;
    this.#weights = heap.allocate(size * (format === 'int8' ? 1 : heap.realBytes));
    this.#scales = format === 'int8' ? heap.allocate(N * heap.realBytes) : 0;

    const panels = (format === 'int8' ? heap.int8(this.#weights, size) : heap.real(this.#weights, size)).fill(0);
    const scales = this.#scales ? heap.real(this.#scales, N) : undefined;
    const rows = weight.view();
    for (let n = 0; n < N; n++) {
      const row = rows.subarray(n * K, (n + 1) * K);
      const scale = scales ? largest(row) / 127 : 1;
      if (scales) scales[n] = scale;
      let at = (n - (n % PANEL_OUTPUTS)) * K + (n % PANEL_OUTPUTS);
      for (const w of row) {
        panels[at] = scales ? Math.round(w / scale) : w; // a row of zeros: 0/0, which int8 keeps as 0
        at += PANEL_OUTPUTS;
      }
    }
  }

  /** y = W·x + bias; y: [N], x: [K]. */
  times(y: Ptr, x: Ptr): void {
    const { N, K } = this;
    const { kernels } = this.#backend;
    if (this.#scales) kernels.packedProductInt8(y, x, this.#weights, this.#scales, this.#bias, N, K);
    else kernels.packedProduct(y, x, this.#weights, this.#bias, N, K);
  }

  [Symbol.dispose](): void {
    this.#backend.heap.free(this.#weights);
    if (this.#scales) this.#backend.heap.free(this.#scales);
  }
}

function largest(row: Float32Array | Float64Array): number {
  let most = 0;
  for (const w of row) most = Math.max(most, Math.abs(w));
  return most;
}
