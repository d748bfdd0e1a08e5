import { UnrollError } from '@unroll/rnn-core';

/** Exit code of a process that Ctrl-C ended, by the shell's convention: 128 + SIGINT. */
export const INTERRUPTED_EXIT_CODE = 130;

const FORCING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
const SIGNALS: readonly NodeJS.Signals[] = [...FORCING, 'SIGHUP'];
const listening = new Set<Interrupt>();

/**
 * Makes Ctrl-C gentle: the first asks the training loop to finish its step and save, the second ends the process at once.
 * Nothing is lost then either, since every file is replaced atomically. A closed terminal (SIGHUP) and a closed output
 * ({@link outputClosed}) ask the same, however often.
 *
 *     using interrupt = new Interrupt(() => …);
 *     await fit(task, { signal: interrupt.signal, … });
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #onFirst: () => void;

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    listening.add(this);
    for (const signal of SIGNALS) process.on(signal, this.#receive);
  }

  /** Aborted by the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Does what the first Ctrl-C does; again, nothing. */
  stop(): void {
    if (this.signal.aborted) return;
    this.#controller.abort();
    this.#onFirst();
  }

  /** Listens to signals no longer. */
  [Symbol.dispose](): void {
    listening.delete(this);
    for (const signal of SIGNALS) process.off(signal, this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    if (!this.signal.aborted) this.stop();
    else if (FORCING.includes(signal)) process.exit(INTERRUPTED_EXIT_CODE);
  };
}

/** Tells the training in progress that nobody reads its output any more. @returns whether there is one */
export function outputClosed(): boolean {
  for (const interrupt of listening) interrupt.stop();
  return listening.size > 0;
}

/** Thrown when a run ends early because it was asked to, with everything saved. */
export class Interrupted extends UnrollError {
  override name = 'Interrupted';
}
