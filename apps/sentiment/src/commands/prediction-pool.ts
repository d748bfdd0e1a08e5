import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BackendError } from '@unroll/rnn-core';
import type { SentimentClassifier } from '../prediction/sentiment-classifier.ts';
import type { ModelOptions } from './open-classifier.ts';

const START_AT = 5_000; // texts, from which on workers are started; for fewer they do not pay
const USE_AT = 6_000; //   texts, after which they are used

/**
 * Classifies texts chunk by chunk: the first in this process, later ones in worker processes, each with its own model and
 * one thread. Which process gets which chunk depends on the chunks alone, so a file has the same predictions, bit for bit,
 * whenever the number of threads is the same; the chunks of standard input depend on when it pauses.
 */
export class PredictionPool implements Disposable {
  /** Chunks that are worth requesting at the same time; more would only wait. */
  readonly concurrency: number;
  readonly #classifier: SentimentClassifier;
  readonly #options: ModelOptions;
  readonly #workers: WorkerProcess[] = [];
  #texts = 0;
  #next = 0;

  constructor(classifier: SentimentClassifier, { dir, checkpoint, backend }: ModelOptions) {
    this.concurrency = 2 * classifier.backend.threads;
    this.#classifier = classifier;
    this.#options = { dir, checkpoint, backend, threads: 1 };
  }

  /**
   * Returns the probability of each class for each text: [C] each.
   * @throws BackendError when a worker has stopped
   */
  async probabilities(texts: readonly string[]): Promise<Float64Array[]> {
    const before = this.#texts;
    this.#texts += texts.length;
    const { threads } = this.#classifier.backend;
    if (this.#texts >= START_AT && threads > 1 && this.#workers.length === 0)
      for (let k = 0; k < threads; k++) this.#workers.push(new WorkerProcess(this.#options));
    const worker = before < USE_AT ? undefined : this.#workers[this.#next++ % threads];
    if (worker) return worker.probabilities(texts);
    return this.#classifier.probabilities(texts.map((text) => this.#classifier.tokenizer.encode(text)));
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker[Symbol.dispose]();
  }
}

const fileBeside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program of a worker, and its arguments: in a clone its source, started as all programs of the clone are. */
const [PROGRAM, ...ARGUMENTS] = import.meta.url.endsWith('.ts')
  ? [fileBeside('../../../../.ci/start.mjs'), fileBeside('prediction-worker.ts')]
  : [fileBeside('prediction-worker.js')];

interface Request {
  readonly resolve: (probabilities: Float64Array) => void;
  readonly reject: (error: Error) => void;
}

class WorkerProcess implements Disposable {
  readonly #child: ChildProcess;
  #pending: Request[] = []; // in the order of their answers
  #failure: Error | undefined;

  constructor(options: ModelOptions) {
    this.#child = fork(PROGRAM ?? '', [...ARGUMENTS, JSON.stringify(options)], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (probabilities) =>
      this.#pending.shift()?.resolve(probabilities as unknown as Float64Array),
    );
    this.#child.on('error', ({ message }) => this.#fail(message));
    this.#child.on('exit', (code, signal) => this.#fail(`exit with ${signal ?? `code ${code}`}`));
  }

  async probabilities(texts: readonly string[]): Promise<Float64Array[]> {
    const probabilities = await new Promise<Float64Array>((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      this.#pending.push({ resolve, reject });
      this.#child.send([...texts], (error) => error && this.#fail(error.message));
    });
    const C = probabilities.length / texts.length;
    return texts.map((_, n) => probabilities.subarray(n * C, (n + 1) * C));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }

  #fail(reason: string): void {
    this.#failure ??= new BackendError(
      `predict: worker processes must keep running, got ${reason}; --threads 1 needs none`,
    );
    for (const { reject } of this.#pending) reject(this.#failure);
    this.#pending = [];
  }
}
