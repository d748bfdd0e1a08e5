import type { Ptr } from '../backend/backend.ts';
import type { Heap } from '../backend/heap.ts';
import type { View } from '../backend/view.ts';

/** The views of a heap, valid until it next grows. */
export interface Views {
  readonly real: (ptr: Ptr, N: number) => View;
  readonly int32: (ptr: Ptr, N: number) => View;
  readonly int8: (ptr: Ptr, N: number) => View;
  /** Bytes of one real number. */
  readonly realBytes: number;
}

export function viewsOf(heap: Heap): Views {
  return {
    real: (ptr, N) => heap.real(ptr, N),
    int32: (ptr, N) => heap.int32(ptr, N),
    int8: (ptr, N) => heap.int8(ptr, N),
    realBytes: heap.realBytes,
  };
}

/** How many steps or positions of each batch entry are valid: its length, or all T where there are no lengths. */
export function validLengths({ int32 }: Views, lengths: Ptr, T: number, B: number): View {
  return lengths ? int32(lengths, B) : new Int32Array(B).fill(T);
}

/** y[k] = value + beta·y[k], without reading y[k] when beta is 0. */
export function store(y: View, k: number, value: number, beta: number): void {
  y[k] = beta ? y[k] + value : value;
}
