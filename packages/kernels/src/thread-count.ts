import { ConfigError } from '@unroll/rnn-core';

/** The most threads a backend runs on; MAX_THREADS in c/pool.h. */
export const MAX_THREADS = 64;

/**
 * How many threads a backend runs on: as many as asked for, else one a core.
 *
 * @throws ConfigError when that is no whole number from 1 to {@link MAX_THREADS}
 */
export function threadCount(threads: number | undefined, cores: number): number {
  const count = threads ?? Math.min(cores, MAX_THREADS);
  if (!(Number.isInteger(count) && count >= 1 && count <= MAX_THREADS))
    throw new ConfigError(`Backend: threads must be a whole number from 1 to ${MAX_THREADS}, got ${count}`);
  return count;
}
