import { whole } from './settings.ts';

/** What a room computes with, in the address; 0 leaves it to the page. */
export const COMPUTE_SETTINGS = { threads: whole(0, 64, 0), memory: whole(0, 4096, 0) } as const;

/** What a worker opens its backend with. */
export interface Compute {
  readonly threads: number;
  /** Bytes that its heap may grow to. */
  readonly maximumMemory: number;
}

/** MiB of the smallest heap. */
export const LEAST_MEMORY = 4;

const MIB = 2 ** 20;

/** The most threads that may be asked for: one where the page is not isolated. */
export const maximumThreads = (): number => (crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 64) : 1);

/** The MiB that a room may use by default; a phone's browser ends pages that take much. */
export const defaultMemory = (): number => (matchMedia('(pointer: coarse)').matches ? 512 : 2048);

/** The threads that a room uses by default: a core is left for the page. */
export const defaultThreads = (): number => Math.max(1, Math.min(maximumThreads() - 1, 16));

/** @param settings of the address */
export function computeOf({ threads, memory }: { readonly threads: number; readonly memory: number }): Compute {
  return {
    threads: Math.min(threads || defaultThreads(), maximumThreads()),
    maximumMemory: Math.max(LEAST_MEMORY, memory || defaultMemory()) * MIB,
  };
}
