import type { Backend } from '@unroll/rnn-core';
import { BackendError } from '@unroll/rnn-core';
import { createWasmBackendOn, type WasmOptions } from './backend.ts';
import { hasRelaxedSimd } from './relaxed.ts';

export type { WasmOptions } from './backend.ts';

/** Where a browser has the modules from: bytes or addresses by name; those beside the sources by default. */
export type WasmSources = Partial<Record<string, BufferSource | URL | string>>;

const BESIDE: WasmSources = {
  kernels: new URL('../../build/kernels.wasm', import.meta.url),
  'kernels.threads': new URL('../../build/kernels.threads.wasm', import.meta.url),
  'kernels.relaxed': new URL('../../build/kernels.relaxed.wasm', import.meta.url),
  'kernels.relaxed.threads': new URL('../../build/kernels.relaxed.threads.wasm', import.meta.url),
};

/**
 * The kernels as WebAssembly in a browser: on several threads where the page is cross-origin isolated, and then only in a
 * worker or with short kernels, for the caller spins while it waits.
 *
 * @throws BackendError when a module cannot be had or does not run here
 */
export async function createWasmBackend({
  sources = BESIDE,
  ...options
}: WasmOptions & { sources?: WasmSources } = {}): Promise<Backend> {
  return createWasmBackendOn(
    {
      threads: navigator.hardwareConcurrency,
      relaxed: hasRelaxedSimd() && 'kernels.relaxed' in sources,
      shared: globalThis.crossOriginIsolated && 'kernels.threads' in sources,
      read: (name) => read(name, sources[name]),
      startWorker: (program, start) => {
        const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
        const worker = new Worker(url);
        return new Promise((resolve, reject) => {
          worker.addEventListener('message', () => resolve(worker), { once: true });
          worker.addEventListener('error', (event) =>
            reject(new BackendError(`wasm: a worker did not start: ${event.message}`)),
          );
          worker.postMessage(start);
        });
      },
    },
    options,
  );
}

async function read(name: string, source: WasmSources[string]): Promise<BufferSource> {
  if (source === undefined) throw new BackendError(`wasm: sources must hold ${name}`);
  if (typeof source !== 'string' && !(source instanceof URL)) return source;
  const response = await fetch(source);
  if (!response.ok)
    throw new BackendError(`wasm: ${name}.wasm cannot be fetched (${response.status} ${response.statusText})`);
  return response.arrayBuffer();
}
