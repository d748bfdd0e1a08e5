import { BackendError } from '../errors.ts';
import type { Ptr } from './ptr.ts';

/** The bytes under a heap. `grow` may replace `buffer` (WebAssembly detaches the old one), so nobody keeps a view. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
  /** Makes `buffer` at least `bytes` long, what is in it unchanged. */
  grow(bytes: number): void;
}

/** The element type of tensors: float32, or float64 where gradients are checked. */
export type Real = Float32Array | Float64Array;

interface Block {
  ptr: Ptr;
  bytes: number;
}

const ALIGNMENT = 64; // one cache line, and the widest vector

/**
 * One linear memory with byte offsets as pointers, and a first-fit allocator over it for what outlives a step:
 * parameters, moments, carried states, and the chunks of the step arena.
 */
export class Heap {
  /** Replaced only when the backend is closed. */
  memory: Memory;
  /** Bytes of one real number: 4, or 8 in float64. */
  readonly realBytes: 4 | 8;
  readonly #free: Block[] = []; // by address, no two adjacent
  readonly #used = new Map<Ptr, number>();
  #top: Ptr;

  /** @param base the first byte this heap may hand out; what is below belongs to the backend */
  constructor(memory: Memory, realBytes: 4 | 8 = 4, base = ALIGNMENT) {
    this.memory = memory;
    this.realBytes = realBytes;
    this.#top = align(base);
  }

  /** A view of N real numbers, valid until the heap next grows: use it and let it go. */
  real(ptr: Ptr, N: number): Real {
    const { buffer } = this.memory;
    return this.realBytes === 4 ? new Float32Array(buffer, ptr, N) : new Float64Array(buffer, ptr, N);
  }

  /** A view of N int32 numbers, valid until the heap next grows. */
  int32(ptr: Ptr, N: number): Int32Array {
    return new Int32Array(this.memory.buffer, ptr, N);
  }

  /** A view of N int8 numbers, valid until the heap next grows. */
  int8(ptr: Ptr, N: number): Int8Array {
    return new Int8Array(this.memory.buffer, ptr, N);
  }

  /** Bytes handed out and not yet freed. */
  get bytesInUse(): number {
    let sum = 0;
    for (const bytes of this.#used.values()) sum += bytes;
    return sum;
  }

  /** @returns a block of at least `bytes`, aligned to 64, its content undefined */
  allocate(bytes: number): Ptr {
    const size = align(Math.max(bytes, 1));
    const k = this.#free.findIndex((block) => block.bytes >= size);
    const block = this.#free[k];
    let ptr: Ptr;
    if (block) {
      ptr = block.ptr;
      block.ptr += size;
      block.bytes -= size;
      if (block.bytes === 0) this.#free.splice(k, 1);
    } else {
      ptr = this.#top;
      if (ptr + size > this.memory.buffer.byteLength) this.memory.grow(ptr + size);
      this.#top = ptr + size;
    }
    this.#used.set(ptr, size);
    return ptr;
  }

  /** @throws BackendError when `ptr` is not the start of a live block */
  free(ptr: Ptr): void {
    const bytes = this.#used.get(ptr);
    if (bytes === undefined) throw new BackendError(`Heap.free: ptr must be a live block, got ${ptr}`);
    this.#used.delete(ptr);
    let k = this.#free.findIndex((block) => block.ptr > ptr);
    if (k < 0) k = this.#free.length;
    const block = { ptr, bytes };
    this.#free.splice(k, 0, block);
    const next = this.#free[k + 1];
    if (next && ptr + bytes === next.ptr) {
      block.bytes += next.bytes;
      this.#free.splice(k + 1, 1);
    }
    const previous = this.#free[k - 1];
    if (previous && previous.ptr + previous.bytes === ptr) {
      previous.bytes += block.bytes;
      this.#free.splice(k, 1);
    }
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
