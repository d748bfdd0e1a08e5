import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { inflateRawSync } from 'node:zlib';
import type { Backend } from '@unroll/rnn-core';
import { createWasmBackendOn, type WasmOptions } from './backend.ts';
import { hasRelaxedSimd } from './relaxed.ts';

export type { WasmOptions } from './backend.ts';

/**
 * The kernels as WebAssembly in Node.
 *
 * @throws BackendError when the module has not been built or does not run here
 */
export async function createWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  // Node 20 has relaxed SIMD behind a flag; later versions have it, and know no such flag.
  if (!options.exact && !hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return createWasmBackendOn(
    {
      threads: availableParallelism(),
      relaxed: hasRelaxedSimd(),
      shared: true,
      inflate: async (deflated) => new Uint8Array(inflateRawSync(Buffer.from(deflated, 'base64'))),
      startWorker: async (program, start) => {
        const worker = new Worker(program, { eval: true, execArgv: [] });
        await new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
          worker.postMessage(start);
        });
        worker.unref(); // a process that is done does not wait for its pool
        return worker;
      },
    },
    options,
  );
}
