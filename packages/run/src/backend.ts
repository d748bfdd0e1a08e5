import { type Backend, BackendError, createReferenceBackend } from '@unroll/rnn-core';

export interface BackendChoice {
  readonly backend: 'auto' | 'native' | 'wasm' | 'reference';
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
export async function openBackend({ backend: name }: BackendChoice): Promise<OpenBackend> {
  if (name !== 'auto' && name !== 'reference')
    throw new BackendError(`--backend: ${name} must be built into this version, which has reference alone`);
  const backend = createReferenceBackend();
  return { backend, reason: `Computing on ${backend.description}.`, [Symbol.dispose]: () => backend.close() };
}
