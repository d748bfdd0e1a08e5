import { BackendError } from '@unroll/rnn-core';
import { type BackendSelection, firstThatRuns, type SelectedBackend } from './first-that-runs.ts';
import { createWasmBackend, type WasmSources } from './wasm/browser.ts';

/**
 * {@link firstThatRuns} in a browser, which has no native backend.
 *
 * @param selection `sources` says where the WebAssembly modules are, if not in `build/` beside this package
 */
export async function selectBackend({
  sources,
  ...selection
}: BackendSelection & { readonly sources?: WasmSources }): Promise<SelectedBackend> {
  return firstThatRuns(
    {
      native: async () => {
        throw new BackendError('native: runs in Node alone');
      },
      wasm: (options) => createWasmBackend({ ...options, ...(sources && { sources }) }),
    },
    selection,
  );
}
