import { UnrollError } from '@unroll/rnn-core';

/** Exit code of a process that Ctrl-C ended, by the shell's convention: 128 + SIGINT. */
export const INTERRUPTED_EXIT_CODE = 130;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Ctrl-C, made gentle: the first asks the training loop to finish its step and save, the second ends the process at
 * once. Nothing is lost then either, since every file is replaced atomically.
 *
 *     using interrupt = new Interrupt(() => …);
 *     while (!interrupt.isRequested) …
 */
export class Interrupt {
  #isRequested = false;
  readonly #onFirst: () => void;

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    for (const signal of SIGNALS) process.on(signal, this.#receive);
  }

  get isRequested(): boolean {
    return this.#isRequested;
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#receive);
  }

  readonly #receive = (): void => {
    if (this.#isRequested) process.exit(INTERRUPTED_EXIT_CODE);
    this.#isRequested = true;
    this.#onFirst();
  };
}

/** Thrown when a run ends early because it was asked to, with everything saved. */
export class Interrupted extends UnrollError {
  override name = 'Interrupted';
}
