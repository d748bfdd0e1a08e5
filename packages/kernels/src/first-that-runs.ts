import { type Backend, BackendError, createReferenceBackend } from '@unroll/rnn-core';
import { threadCount } from './thread-count.ts';

export const BACKEND_CHOICES = ['auto', 'native', 'wasm', 'reference'] as const;

export type BackendName = (typeof BACKEND_CHOICES)[number];

export interface BackendSelection {
  readonly backend: BackendName;
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

/** How a host opens the backends it has, the fastest first. */
export type BackendOpeners = Readonly<
  Record<'native' | 'wasm', (options: { exact: boolean; threads?: number }) => Promise<Backend>>
>;

/**
 * The fastest backend that runs here, or the one that is named: native, else WebAssembly, else the reference.
 *
 * @throws BackendError when the backend that is named does not run here
 */
export async function firstThatRuns(
  openers: BackendOpeners,
  { backend: choice, threads, exact = false }: BackendSelection,
): Promise<SelectedBackend> {
  threadCount(threads, 1);
  const options = { exact, ...(threads === undefined ? {} : { threads }) };
  if (choice !== 'auto') {
    const backend = choice === 'reference' ? createReferenceBackend() : await openers[choice](options);
    return { backend, reason: `${backend.description} (as asked)` };
  }

  const causes: string[] = [];
  for (const open of [openers.native, openers.wasm]) {
    try {
      const backend = await open(options);
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
