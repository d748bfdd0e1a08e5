import { BackendError } from '@unroll/rnn-core';
import { type BackendSelection, firstThatRuns, type SelectedBackend } from './first-that-runs.ts';
import { createNativeBackend } from './native.ts';
import { createWasmBackend } from './wasm/node.ts';

/** {@link firstThatRuns} in Node. */
export async function selectBackend(selection: BackendSelection): Promise<SelectedBackend> {
  return firstThatRuns(
    {
      native: async ({ exact, ...options }) => {
        if (exact)
          throw new BackendError('native: its last bits depend on the processor, and exact ones are asked for');
        return createNativeBackend(options);
      },
      wasm: createWasmBackend,
    },
    selection,
  );
}
