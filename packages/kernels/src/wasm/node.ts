import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type Backend, BackendError } from '@unroll/rnn-core';
import { BUILD_COMMAND } from '../kernel-names.ts';
import { createWasmBackendOn, type WasmOptions } from './backend.ts';
import { hasRelaxedSimd } from './relaxed.ts';

export type { WasmOptions } from './backend.ts';

const require = createRequire(import.meta.url);

/** How Node says that a file is not there; the last, where this package was bundled into another. */
const MISSING = new Set<unknown>(['MODULE_NOT_FOUND', 'ERR_PACKAGE_IMPORT_NOT_DEFINED']);

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
      read: async (name) => new Uint8Array(await readModule(name)),
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

async function readModule(name: string): Promise<Uint8Array> {
  try {
    return await readFile(require.resolve(`#build/${name}.wasm`));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && MISSING.has(error.code))) throw error;
    throw new BackendError(`wasm: ${name}.wasm has not been built; \`${BUILD_COMMAND}\` makes it`);
  }
}
