import { type Backend, BackendError, ConfigError, createReferenceBackend } from '@unroll/rnn-core';
import { createNativeBackend } from './native.ts';
import { createWasmBackend } from './wasm/node.ts';

export const BACKEND_CHOICES = ['auto', 'native', 'wasm', 'reference'] as const;

export interface BackendSelection {
  readonly backend: (typeof BACKEND_CHOICES)[number];
  /** How many threads work; the machine's cores by default. */
  readonly threads?: number;
  /** True takes only what gives the same bits on every host. */
  readonly exact?: boolean;
}

export interface SelectedBackend {
  readonly backend: Backend;
  /** One line for people: what was taken, and why not what is faster. */
  readonly reason: string;
}

/**
 * The fastest backend that runs here, or the one that is named: native, else WebAssembly, else the reference.
 *
 * @throws BackendError when the backend that is named does not run here
 */
export async function selectBackend({
  backend: choice,
  threads,
  exact = false,
}: BackendSelection): Promise<SelectedBackend> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64))
    throw new ConfigError(`selectBackend: threads must be a whole number from 1 to 64, got ${threads}`);
  const options = { exact, ...(threads === undefined ? {} : { threads }) };
  const candidates: Record<Exclude<typeof choice, 'auto'>, () => Promise<Backend>> = {
    native: async () => {
      if (exact)
        throw new BackendError('native: its last bits depend on the processor, and exact ones are asked for');
      return createNativeBackend(options);
    },
    wasm: () => createWasmBackend(options),
    reference: async () => createReferenceBackend(),
  };
  if (choice !== 'auto') {
    const backend = await candidates[choice]();
    return { backend, reason: `${backend.description} (as asked)` };
  }

  const causes: string[] = [];
  for (const candidate of [candidates.native, candidates.wasm]) {
    try {
      const backend = await candidate();
      return { backend, reason: [backend.description, ...causes].join('; not ') };
    } catch (error) {
      // Anything else is a defect of ours and must be seen.
      if (!(error instanceof BackendError || error instanceof WebAssembly.CompileError)) throw error;
      causes.push(error.message);
    }
  }
  const backend = createReferenceBackend();
  return { backend, reason: [backend.description, ...causes].join('; not ') };
}
