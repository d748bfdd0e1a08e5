import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendError } from '@unroll/rnn-core';
import type { ModelChoice, TrainedModel } from '../prediction/trained-model.ts';

const STARTS = 2_000; // texts, from which on processes are started: for fewer they are not worth it
const READY = 6_000; // texts, after which they judge

/**
 * Judges texts chunk by chunk: a few itself, and when more come, in processes beside it, each with a model and one core.
 * Who judges what depends on the chunks alone, so that a file is judged the same, bit for bit, whenever as many cores judge
 * it; the chunks of a source that pauses depend on when it does.
 */
export class JudgePool implements Disposable {
  /** How many chunks are worth asking for at a time; more would only wait. */
  readonly atOnce: number;
  readonly #trained: TrainedModel;
  readonly #choice: ModelChoice;
  readonly #processes: JudgeProcess[] = [];
  #texts = 0;
  #turn = 0;

  constructor(trained: TrainedModel, { dir, checkpoint, backend }: ModelChoice) {
    this.atOnce = 2 * trained.backend.threads;
    this.#trained = trained;
    this.#choice = { dir, checkpoint, backend, threads: 1 };
  }

  /**
   * The probability of each class for each text.
   * @throws BackendError when a process has ended
   */
  async judge(texts: readonly string[]): Promise<Float64Array[]> {
    const before = this.#texts;
    this.#texts += texts.length;
    const { threads } = this.#trained.backend;
    if (this.#texts >= STARTS && threads > 1 && this.#processes.length === 0)
      for (let k = 0; k < threads; k++) this.#processes.push(new JudgeProcess(this.#choice));
    const process = before < READY ? undefined : this.#processes[this.#turn++ % threads];
    return process ? await process.judge(texts) : this.#trained.judge(texts);
  }

  [Symbol.dispose](): void {
    for (const process of this.#processes) process[Symbol.dispose]();
  }
}

const PROGRAM = fileURLToPath(new URL(`judge-process${extname(import.meta.url)}`, import.meta.url)); // .ts, or .js when built

interface Question {
  readonly answer: (probabilities: Float64Array) => void;
  readonly fail: (error: Error) => void;
}

class JudgeProcess implements Disposable {
  readonly #child: ChildProcess;
  #open: Question[] = []; // in the order of their answers
  #failure: Error | undefined;

  constructor(choice: ModelChoice) {
    this.#child = fork(PROGRAM, [JSON.stringify(choice)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (probabilities) =>
      this.#open.shift()?.answer(probabilities as unknown as Float64Array),
    );
    this.#child.on('error', ({ message }) => this.#fail(message));
    this.#child.on('exit', (code, signal) => this.#fail(`it ended with ${signal ?? `code ${code}`}`));
  }

  async judge(texts: readonly string[]): Promise<Float64Array[]> {
    const probabilities = await new Promise<Float64Array>((answer, fail) => {
      if (this.#failure) throw this.#failure;
      this.#open.push({ answer, fail });
      this.#child.send([...texts], (error) => error && this.#fail(error.message));
    });
    const C = probabilities.length / texts.length;
    return texts.map((_, n) => probabilities.subarray(n * C, (n + 1) * C));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }

  #fail(reason: string): void {
    this.#failure ??= new BackendError(`a process that judges texts failed: ${reason}; --threads 1 does without`);
    for (const { fail } of this.#open) fail(this.#failure);
    this.#open = [];
  }
}
