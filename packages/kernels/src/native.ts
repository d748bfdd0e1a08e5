import { availableParallelism } from 'node:os';
import { type Backend, BackendError, Heap, type Memory } from '@unroll/rnn-core';
import { type Addon, type AddonHost, loadAddon } from './addon.ts';
import { BUILD_COMMAND, missingKernels } from './kernel-names.ts';
import { threadCount } from './thread-count.ts';

export interface NativeOptions {
  /** How many threads work, the caller's among them; the machine's cores by default. */
  readonly threads?: number;
  /** `avx512`, `avx2`, `sse2` or `neon`; the best this processor has by default. */
  readonly isa?: string;
}

/**
 * The kernels as machine code, in a Node-API addon that comes as one npm package a platform.
 *
 * @throws BackendError when there is no addon for this platform, or it is damaged, foreign, or made from other sources
 */
export function createNativeBackend({ threads: wanted, isa = '' }: NativeOptions = {}): Backend {
  const threads = threadCount(wanted, availableParallelism());
  const host = openHost(loadAddon(), threads, isa);
  const memory = new AddonMemory(host);
  return {
    name: 'native',
    description: `native, ${host.isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    exact: false,
    threads,
    heap: new Heap(memory),
    kernels: host.kernels,
    close: () => host.close(),
  };
}

function openHost(addon: Addon, threads: number, isa: string): AddonHost {
  let host: AddonHost;
  try {
    host = addon.open(threads, isa);
  } catch (error) {
    throw new BackendError(`native: ${(error as Error).message}`);
  }
  const missing = missingKernels(host.kernels);
  if (missing.length === 0) return host;
  host.close();
  throw new BackendError(
    `native: the addon lacks ${missing.join(', ')}, so it is older than its sources; \`${BUILD_COMMAND}\` mends it`,
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
      throw new BackendError(`Heap: ${Math.ceil(bytes / 2 ** 20)} MiB are needed: ${(error as Error).message}`);
    }
  }
}
