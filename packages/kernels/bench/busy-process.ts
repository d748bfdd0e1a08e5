import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

const SETTLE_MS = 300; // until the system has found it a core

/** A process that computes all the time, wherever the system puts it, and stands still between the rounds. */
export class BusyProcess {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' });
    this.#child.kill('SIGSTOP');
  }

  async beside<R>(round: () => Promise<R>): Promise<R> {
    this.#child.kill('SIGCONT');
    await setTimeout(SETTLE_MS);
    try {
      return await round();
    } finally {
      this.#child.kill('SIGSTOP');
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
