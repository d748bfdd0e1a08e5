import { type BackendSelection, selectBackend } from '@unroll/kernels';
import type { Backend } from '@unroll/rnn-core';

/** What `--backend` and `--threads` say. */
export interface BackendChoice {
  readonly backend: BackendSelection['backend'];
  /** By default one a core. */
  readonly threads?: number | undefined;
}

/** What computes, until it is disposed of. */
export interface OpenBackend extends Disposable {
  readonly backend: Backend;
  /** One line for people: which it is, and why it is not a faster one. */
  readonly reason: string;
}

/**
 * What computes, as `--backend` and `--threads` ask for it.
 *
 * @throws BackendError when what was asked for by name cannot be had
 */
export async function openBackend({ backend: name, threads }: BackendChoice): Promise<OpenBackend> {
  const { backend, reason } = await selectBackend({ backend: name, ...(threads !== undefined && { threads }) });
  return { backend, reason: `Computing with ${reason}.`, [Symbol.dispose]: () => backend.close() };
}
