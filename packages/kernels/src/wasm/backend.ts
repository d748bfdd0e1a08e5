// WebAssembly is typed in the DOM library, and so is whoever imports this package from source.
/// <reference lib="dom" />
// oxlint-disable-next-line typescript/triple-slash-reference -- only so it is known to who imports this from source
/// <reference path="./build.d.ts" />
import {
  type Backend,
  BackendError,
  type ClosableBackend,
  ConfigError,
  Heap,
  type Kernels,
  type Memory,
  markClosed,
  OutOfMemoryError,
} from '@unroll/rnn-core';
import { BUILD_COMMAND, missingKernels } from '../kernel-names.ts';
import { threadCount } from '../thread-count.ts';
import { WORKER_PROGRAM, type WorkerStart } from './worker-program.ts';

/** Of {@link createWasmBackend}. */
export interface WasmOptions {
  /** The number of threads, including the caller's; default: one per core, and 1 where memory cannot be shared. */
  readonly threads?: number;
  /** Uses the build that gives the same bits on every host; default: false, the faster relaxed SIMD where it runs. */
  readonly exact?: boolean;
  /** The most bytes that the heap may grow to, from 4 MiB; default: the 4 GiB that 32 bits address. */
  readonly maximumMemory?: number;
}

/** What differs between Node and browsers. */
export interface WasmHost {
  readonly threads: number;
  /** Whether this host compiles relaxed SIMD. */
  readonly relaxed: boolean;
  /** Whether memory may be shared between threads. */
  readonly shared: boolean;
  /** The bytes of what is compressed as raw deflate and written in base64. */
  inflate(deflated: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Starts a worker with the program, sends it `start`, and resolves when it has answered. */
  startWorker(program: string, start: WorkerStart): Promise<{ terminate(): unknown }>;
}

/** What the module exports beside the kernels; see c/wasm.c. */
interface Exports extends Kernels {
  readonly __heap_base: WebAssembly.Global;
  poolThreads(threads: number): void;
  poolClose(): void;
}

const PAGE = 65536;
const STACK = 65536;
const INITIAL_PAGES = 32;
const LEAST_PAGES = 64; // of a maximum: what a small model needs
const MOST_PAGES = 65536; // 4 GiB, what 32 bits address

/**
 * The kernels as WebAssembly SIMD, on several threads where the host shares memory between them.
 *
 * @throws BackendError when the module cannot be had or does not run here
 */
export async function createWasmBackendOn(host: WasmHost, options: WasmOptions): Promise<Backend> {
  const threads = host.shared ? threadCount(options.threads, host.threads) : 1;
  const relaxed = host.relaxed && !options.exact;
  const name = relaxed ? 'kernels-relaxed' : 'kernels';
  const { deflated, memoryFlags } = await importModule(name);
  const wasm = await host.inflate(deflated);
  if (threads === 1) wasm[memoryFlags] = 1; // the memory it imports is not shared
  const module = await WebAssembly.compile(wasm);
  const { memory, maximum, asked } = createMemory(threads > 1, options.maximumMemory);
  const workspace = new Workspace();
  const instance = await WebAssembly.instantiate(module, {
    env: { memory },
    host: { workspace: (bytes: number) => workspace.atLeast(bytes >>> 0) },
  });
  const missing = missingKernels(instance.exports);
  if (missing.length > 0)
    throw new BackendError(
      `wasm: ${name}.js lacks ${missing.join(', ')}, so it is older than its sources; \`${BUILD_COMMAND}\` rebuilds it`,
    );
  const exports = instance.exports as unknown as Exports;
  const heap = new Heap(new WasmMemory(memory, maximum), 4, exports.__heap_base.value as number);
  workspace.heap = heap;

  const workers = await Promise.all(
    Array.from({ length: threads - 1 }, (_, k) => {
      const stack = heap.allocate(STACK) + STACK; // stacks grow downwards
      return host.startWorker(WORKER_PROGRAM, { module, memory, stack, index: k + 1 });
    }),
  );
  exports.poolThreads(threads);
  const backend: ClosableBackend = {
    name: 'wasm',
    description: `wasm, ${relaxed ? 'relaxed SIMD' : 'SIMD'}, ${threads} ${threads === 1 ? 'thread' : 'threads'}${maximum < asked ? `, ${mebibytes(maximum)} of memory, since the host refuses ${mebibytes(asked)}` : ''}`,
    exact: !relaxed,
    threads,
    heap,
    kernels: exports,
    close() {
      exports.poolClose();
      for (const worker of workers) worker.terminate();
      markClosed(backend);
    },
  };
  return backend;
}

/**
 * The kernels are inside JavaScript modules, which bundlers, pages without one and Node find in the same way; a file of its
 * own would have an address that bundlers change. Only the one that is used is loaded.
 */
async function importModule(name: 'kernels' | 'kernels-relaxed') {
  try {
    return await (name === 'kernels' ? import('../../build/kernels.js') : import('../../build/kernels-relaxed.js'));
  } catch (error) {
    throw new BackendError(
      `wasm: ${name}.js cannot be imported (${(error as Error).message}); \`${BUILD_COMMAND}\` builds it from source`,
    );
  }
}

/**
 * Memory that may grow up to a number of bytes. Some hosts reserve all of it at once: where they refuse, it gets half, and
 * half of that, and so on.
 *
 * @returns the memory, the pages that it may grow to, and those that were asked for
 * @throws ConfigError when the number of bytes is wrong; BackendError when the host gives no memory at all
 */
function createMemory(shared: boolean, bytes: number | undefined) {
  const asked = bytes === undefined ? MOST_PAGES : Math.floor(bytes / PAGE);
  if (!(asked >= LEAST_PAGES && asked <= MOST_PAGES))
    throw new ConfigError(`wasm: maximumMemory must be from 4 MiB to 4 GiB in bytes, got ${bytes}`);
  for (let maximum = asked; maximum >= LEAST_PAGES; maximum = Math.floor(maximum / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared }), maximum, asked };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new BackendError('wasm: the host gives no memory');
}

const mebibytes = (pages: number): string => `${(pages * PAGE) / 2 ** 20} MiB`;

class WasmMemory implements Memory {
  readonly #memory: WebAssembly.Memory;
  readonly #maximum: number;

  constructor(memory: WebAssembly.Memory, maximum: number) {
    this.#memory = memory;
    this.#maximum = maximum;
  }

  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  /** By half again, so that growing is rare: it detaches every view. Where there is not so much, by what is needed. */
  grow(bytes: number): void {
    const pages = this.buffer.byteLength / PAGE;
    const needed = Math.ceil(bytes / PAGE);
    const wanted = Math.min(Math.max(needed, Math.ceil(pages * 1.5)), Math.max(needed, this.#maximum));
    if (this.#grown(wanted - pages) || (wanted > needed && this.#grown(needed - pages))) return;
    throw new OutOfMemoryError(
      bytes,
      `WebAssembly gives no memory that large (at most ${mebibytes(this.#maximum)} here)`,
    );
  }

  /** @returns whether there was so much */
  #grown(pages: number): boolean {
    try {
      this.#memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

/** The scratch memory of kernels: one block of the heap, replaced by a larger one when a kernel wants more. */
class Workspace {
  heap: Heap | undefined; // there is none before the module that asks for it
  #ptr = 0;
  #bytes = 0;

  atLeast(bytes: number): number {
    if (bytes > this.#bytes && this.heap) {
      if (this.#ptr) this.heap.free(this.#ptr);
      this.#ptr = this.#bytes = 0;
      this.#ptr = this.heap.allocate(bytes);
      this.#bytes = bytes;
    }
    return this.#ptr;
  }
}
