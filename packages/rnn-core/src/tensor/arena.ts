import type { Backend, Ptr } from '../backend/backend.ts';
import { BackendError } from '../errors.ts';

interface Chunk {
  ptr: Ptr;
  bytes: number;
}

/** A mark in the arena: everything allocated after it is given back by {@link Arena.release}. */
export interface Mark {
  chunk: number;
  used: number;
}

const SMALLEST_CHUNK = 1 << 20;
const ALIGNMENT = 64;

/**
 * Bump allocation for what lives as long as one step. Chunks are taken from the heap once and used again by every
 * step; when a step needed several, they are joined into one, so that in the long run every step uses the same block.
 */
export class Arena {
  readonly #backend: Backend;
  #chunks: Chunk[] = [];
  #chunk = 0;
  #used = 0;

  private constructor(backend: Backend) {
    this.#backend = backend;
  }

  static readonly #arenas = new WeakMap<Backend, Arena>();

  /** The one arena of a backend. */
  static of(backend: Backend): Arena {
    let arena = Arena.#arenas.get(backend);
    if (!arena) Arena.#arenas.set(backend, (arena = new Arena(backend)));
    return arena;
  }

  mark(): Mark {
    return { chunk: this.#chunk, used: this.#used };
  }

  /** @returns a block of at least `bytes`, aligned to 64, its content undefined */
  allocate(bytes: number): Ptr {
    const size = Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
    let chunk = this.#chunks[this.#chunk];
    while (chunk && this.#used + size > chunk.bytes) {
      chunk = this.#chunks[++this.#chunk];
      this.#used = 0;
    }
    if (!chunk) {
      const wanted = Math.max(size, SMALLEST_CHUNK, chunkBytes(this.#chunks));
      chunk = { ptr: this.#backend.heap.allocate(wanted), bytes: wanted };
      this.#chunks.push(chunk);
    }
    const ptr = chunk.ptr + this.#used;
    this.#used += size;
    return ptr;
  }

  release(mark: Mark): void {
    this.#chunk = mark.chunk;
    this.#used = mark.used;
    const free = this.#chunks.slice(mark.chunk + 1);
    if (free.length < 2) return;
    for (const { ptr } of free) this.#backend.heap.free(ptr);
    this.#chunks = this.#chunks.slice(0, mark.chunk + 1);
    const bytes = chunkBytes(free);
    try {
      this.#chunks.push({ ptr: this.#backend.heap.allocate(bytes), bytes });
    } catch (error) {
      if (!(error instanceof BackendError)) throw error; // no memory for one block: the next step takes several again
    }
  }
}

function chunkBytes(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
}
