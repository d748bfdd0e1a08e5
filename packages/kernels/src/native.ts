import { availableParallelism } from 'node:os';
import {
  type Backend,
  BackendError,
  type ClosableBackend,
  Heap,
  type Memory,
  markClosed,
  OutOfMemoryError,
} from '@unroll/rnn-core';
import { type Addon, type AddonHost, loadAddon } from './addon.ts';
import { BUILD_COMMAND, missingKernels } from './kernel-names.ts';
import type { Precision } from './precision.ts';
import { threadCount } from './thread-count.ts';

/** Of {@link createNativeBackend}. */
export interface NativeOptions {
  /** The number of threads, including the caller's, from 1 to 64; default: one per core. */
  readonly threads?: number;
  /** `avx512`, `avx2`, `sse2` or `neon`; default: the best that the processor has. */
  readonly isa?: string;
  /** Of matrix products in training; default: `float32`. */
  readonly precision?: Precision;
}

/**
 * Opens the native backend: the kernels in a Node-API addon, one npm package per platform.
 *
 * @throws BackendError when no addon loads on this platform, or it is older than its sources, or the processor has no
 * instructions for the precision; ConfigError when the number of threads is wrong
 */
export function createNativeBackend({
  threads: wanted,
  isa = '',
  precision = 'float32',
}: NativeOptions = {}): Backend {
  const threads = threadCount(wanted, availableParallelism());
  const host = openHost(loadAddon(), threads, isa, precision);
  const memory = new AddonMemory(host);
  const backend: ClosableBackend = {
    name: 'native',
    description: `native, ${host.isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}${precision === 'bf16' ? ', bf16 products in training' : ''}`,
    exact: false,
    threads,
    heap: new Heap(memory),
    kernels: host.kernels,
    ...(host.bf16Kernels && { trainingKernels: host.bf16Kernels }),
    close() {
      host.close();
      markClosed(backend);
    },
  };
  return backend;
}

function openHost(addon: Addon, threads: number, isa: string, precision: Precision): AddonHost {
  let host: AddonHost;
  try {
    host = addon.open(threads, isa, precision === 'bf16' ? 1 : 0);
  } catch (error) {
    throw new BackendError(`native: ${(error as Error).message}`);
  }
  const missing = missingKernels(host.kernels);
  if (missing.length === 0) return host;
  host.close();
  throw new BackendError(
    `native: the addon lacks ${missing.join(', ')}, so it is older than its sources; \`${BUILD_COMMAND}\` rebuilds it`,
  );
}

/** The addon's region of addresses: it never moves, but every growth gives it a new, longer ArrayBuffer. */
class AddonMemory implements Memory {
  readonly #host: AddonHost;
  buffer: ArrayBuffer;

  constructor(host: AddonHost) {
    this.#host = host;
    this.buffer = this.#grown(1 << 20);
  }

  grow(bytes: number): void {
    this.buffer = this.#grown(bytes);
  }

  #grown(bytes: number): ArrayBuffer {
    try {
      return this.#host.grow(bytes);
    } catch (error) {
      throw new OutOfMemoryError(bytes, (error as Error).message);
    }
  }
}
