import type { Backend } from '../backend/backend.ts';
import { type ClosableBackend, markClosed } from '../backend/closed.ts';
import { Heap, type Memory } from '../backend/heap.ts';
import { OutOfMemoryError } from '../errors.ts';
import { createAttentionKernels } from './attention.ts';
import { createElementwiseKernels } from './elementwise.ts';
import { createGemm } from './gemm.ts';
import { createLayerKernels } from './layers.ts';
import { createLinearRecurrenceKernels } from './linear-recurrence.ts';
import { createOptimizerKernels } from './optimizers.ts';
import { createPackedProductKernels } from './packed-product.ts';
import { createRecurrentKernels } from './recurrent.ts';
import { createSoftmaxKernels } from './softmax.ts';
import { createSruKernels } from './sru.ts';
import { createSumKernels } from './sums.ts';

/**
 * The reference backend: plain TypeScript, one thread, and the definition of what every kernel computes. Sums run in
 * float64 whatever the element type.
 */
export function createReferenceBackend({
  precision = 'float32',
}: {
  /** `float64` makes every tensor float64, for gradient checks; default `float32`. */
  precision?: 'float32' | 'float64';
} = {}): Backend {
  const heap = new Heap(new GrowingMemory(), precision === 'float32' ? 4 : 8);
  const gemm = createGemm(heap);
  const backend: ClosableBackend = {
    name: 'reference',
    description: `reference, plain TypeScript, ${precision}, 1 thread`,
    exact: true,
    threads: 1,
    heap,
    kernels: {
      gemm,
      ...createPackedProductKernels(heap),
      ...createElementwiseKernels(heap),
      ...createSumKernels(heap),
      ...createSoftmaxKernels(heap),
      ...createLayerKernels(heap),
      ...createRecurrentKernels(heap, gemm),
      ...createLinearRecurrenceKernels(heap),
      ...createSruKernels(heap),
      ...createAttentionKernels(heap, gemm),
      ...createOptimizerKernels(heap),
    },
    close: () => markClosed(backend),
  };
  return backend;
}

/** An array buffer that doubles when it grows, where the host has that much, so that growing stays cheap on average. */
class GrowingMemory implements Memory {
  buffer = new ArrayBuffer(1 << 16);

  grow(bytes: number): void {
    const larger = arrayBuffer(Math.max(bytes, 2 * this.buffer.byteLength)) ?? arrayBuffer(bytes);
    if (!larger) throw new OutOfMemoryError(bytes, 'there is no array that large');
    new Uint8Array(larger).set(new Uint8Array(this.buffer));
    this.buffer = larger;
  }
}

function arrayBuffer(bytes: number): ArrayBuffer | undefined {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    return undefined;
  }
}
