import { whole } from './settings.ts';

/** What a room computes with, in the address; 0 leaves it to the page. */
export const COMPUTE_SETTINGS = { threads: whole(0, 64, 0), memory: whole(0, 4096, 0) } as const;

/** What a worker opens its backend with. */
export interface Compute {
  readonly threads: number;
  /** Bytes that its heap may grow to. */
  readonly maximumMemory: number;
}

const LEAST_MIB = 4;
const MIB = 2 ** 20;

/** The most threads that may be asked for: one where the page is not isolated. */
export const maximumThreads = (): number => (crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 64) : 1);

/** The MiB that a room may use by default; a phone's browser ends pages that take much. */
export const defaultMemory = (): number => (matchMedia('(pointer: coarse)').matches ? 512 : 2048);

/** @param settings of the address; by default a core is left for the page */
export function computeOf({ threads, memory }: { readonly threads: number; readonly memory: number }): Compute {
  const most = maximumThreads();
  return {
    threads: Math.min(threads || Math.max(1, Math.min(most - 1, 16)), most),
    maximumMemory: Math.max(LEAST_MIB, memory || defaultMemory()) * MIB,
  };
}
