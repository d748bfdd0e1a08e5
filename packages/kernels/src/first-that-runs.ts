import { type Backend, BackendError, createReferenceBackend } from '@unroll/rnn-core';
import type { Precision } from './precision.ts';
import { threadCount } from './thread-count.ts';

/** The values of `--backend`; `auto` is the fastest that runs here. */
export const BACKEND_CHOICES = ['auto', 'native', 'wasm', 'reference'] as const;

/** A backend, or `auto` for the fastest that runs here. */
export type BackendName = (typeof BACKEND_CHOICES)[number];

/** Of {@link selectBackend}. */
export interface BackendSelection {
  readonly backend: BackendName;
  /** The number of threads, from 1 to 64; default: one per core. */
  readonly threads?: number;
  /** Accepts only backends that give the same bits on every host; default: false. */
  readonly exact?: boolean;
  /** The most bytes that WebAssembly's heap may grow to; default: 4 GiB. */
  readonly maximumMemory?: number;
  /** Of matrix products in training, of which only the native backend has another than `float32`, the default. */
  readonly precision?: Precision;
}

/** An open backend, which the caller closes, and why it is this one. */
export interface SelectedBackend {
  readonly backend: Backend;
  /** One line for logs: the backend, and why no faster one. */
  readonly reason: string;
}

/** Opens the backends of a host. */
export type BackendOpeners = Readonly<
  Record<
    'native' | 'wasm',
    (options: { exact: boolean; threads?: number; maximumMemory?: number; precision: Precision }) => Promise<Backend>
  >
>;

/**
 * Opens the backend that is named, or with 'auto' the fastest that runs here: native, else WebAssembly, else the
 * reference.
 *
 * @throws BackendError when the named backend does not run here; ConfigError when the number of threads is wrong
 */
export async function firstThatRuns(
  openers: BackendOpeners,
  { backend: wanted, threads, exact = false, maximumMemory, precision = 'float32' }: BackendSelection,
): Promise<SelectedBackend> {
  threadCount(threads, 1); // refuses a wrong number whatever the backend
  const choice = wanted === 'auto' && precision === 'bf16' ? 'native' : wanted;
  if (precision === 'bf16' && choice !== 'native')
    throw new BackendError(`${choice}: has no bf16 products; the native backend has them`);
  const options = {
    exact,
    precision,
    ...(threads === undefined ? {} : { threads }),
    ...(maximumMemory === undefined ? {} : { maximumMemory }),
  };
  if (choice !== 'auto') {
    const backend = choice === 'reference' ? createReferenceBackend() : await openers[choice](options);
    return { backend, reason: wanted === 'auto' ? backend.description : `${backend.description} (as asked)` };
  }

  const causes: string[] = [];
  for (const open of [openers.native, openers.wasm]) {
    try {
      const backend = await open(options);
      return { backend, reason: [backend.description, ...causes].join('; not ') };
    } catch (error) {
      // Anything else is a bug and must be seen.
      if (!(error instanceof BackendError || error instanceof WebAssembly.CompileError)) throw error;
      causes.push(error.message);
    }
  }
  const backend = createReferenceBackend();
  return { backend, reason: [backend.description, ...causes].join('; not ') };
}
