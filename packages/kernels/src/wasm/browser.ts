import type { Backend } from '@unroll/rnn-core';
import { BackendError } from '@unroll/rnn-core';
import { createWasmBackendOn, type WasmOptions } from './backend.ts';
import { hasRelaxedSimd } from './relaxed.ts';

export type { WasmOptions } from './backend.ts';

/**
 * The kernels as WebAssembly in a browser: on several threads where the page is cross-origin isolated, and then only in a
 * worker or with short kernels, for the caller spins while it waits.
 *
 * @throws BackendError when the module cannot be loaded or does not run here
 */
export async function createWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  return createWasmBackendOn(
    {
      threads: navigator.hardwareConcurrency,
      relaxed: hasRelaxedSimd(),
      shared: globalThis.crossOriginIsolated,
      inflate,
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

async function inflate(deflated: string): Promise<Uint8Array<ArrayBuffer>> {
  const binary = atob(deflated);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = binary.charCodeAt(k); // Uint8Array.from takes 20 times as long
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
