import { type BackendSelection, selectBackend } from '@unroll/kernels';
import { type Backend, BackendError } from '@unroll/rnn-core';

/** What `--backend`, `--threads` and `--precision` say. */
export interface BackendChoice {
  readonly backend: BackendSelection['backend'];
  /** By default one a core. */
  readonly threads?: number | undefined;
  /** Of matrix products in training; by default float32. */
  readonly precision?: BackendSelection['precision'] | undefined;
}

/** What computes, until it is disposed of. */
export interface OpenBackend extends Disposable {
  readonly backend: Backend;
  /** One line for people: which it is, and why it is not a faster one. */
  readonly reason: string;
}

/**
 * What computes, as `--backend`, `--threads` and `--precision` ask for it.
 *
 * @throws BackendError when what was asked for by name cannot be had
 */
export async function openBackend({ backend: name, threads, precision }: BackendChoice): Promise<OpenBackend> {
  const { backend, reason } = await selectBackend({
    backend: name,
    ...(threads !== undefined && { threads }),
    ...(precision !== undefined && { precision }),
  }).catch((error: unknown) => {
    // A run that was begun on another machine has the precision that was faster there.
    if (error instanceof BackendError && precision === 'bf16') error.message += '; or give --precision float32';
    throw error;
  });
  return { backend, reason: `Computing with ${reason}.`, [Symbol.dispose]: () => backend.close() };
}
