import { BackendError } from '@unroll/rnn-core';
import { type BackendSelection, firstThatRuns, type SelectedBackend } from './first-that-runs.ts';
import { createWasmBackend } from './wasm/browser.ts';

/** {@link firstThatRuns} in a browser, which has no native backend. */
export async function selectBackend(selection: BackendSelection): Promise<SelectedBackend> {
  return firstThatRuns(
    {
      native: async () => {
        throw new BackendError('native: runs in Node alone');
      },
      wasm: createWasmBackend,
    },
    selection,
  );
}
