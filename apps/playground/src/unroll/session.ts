import { selectBackend } from '@unroll/kernels';
import type { Backend } from '@unroll/rnn-core';
import type { UnrollSettings } from './settings.ts';
import { type Unrolled, unrolled } from './toy-model.ts';

/** The room's work: one network at a time; a new one ends the training of the one before. Lives in the worker. */
export class UnrollSession {
  #backend: Promise<Backend> | undefined;
  #signal = { aborted: false };
  #running: Promise<unknown> = Promise.resolve();

  /** @returns undefined when another call has come in the meantime */
  async unrolled(settings: UnrollSettings): Promise<Unrolled | undefined> {
    this.#signal.aborted = true;
    const signal = { aborted: false };
    this.#signal = signal;
    this.#backend ??= selectBackend({ backend: 'auto', exact: true, threads: 1 }).then(({ backend }) => backend);
    const backend = await this.#backend;
    await this.#running;
    const running = unrolled(settings, backend, signal);
    this.#running = running.catch(() => undefined);
    return running;
  }
}
