import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Mode, Workload } from './workloads.ts';

/** Of the weights that one samples with (int8), or of the products that one trains with (bf16). */
export type NumberFormat = 'float32' | 'int8' | 'bf16';

/** What is measured: one of our backends, or a peer. */
export interface Entry {
  readonly workload: Workload;
  readonly mode: Mode;
  /** `native`, `wasm`, `PyTorch` … */
  readonly name: string;
  readonly threads: number;
  readonly isPeer: boolean;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Why it cannot be measured here at all. */
  readonly missing?: string | undefined;
}

export interface Round {
  /** Tokens, or what else it counts. */
  readonly perSecond: number;
  readonly peakBytes: number;
}

const PATIENCE_MS = 300_000; // TensorFlow.js takes up to half a minute for a step of W2 with T 16, and warms up with two

/** Settings that fit OpenBLAS to another processor than this one, and make a peer slower. */
const HOBBLING = ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE'];

/** A process that answers rounds; see rounds.ts. */
export class Contender {
  readonly entry: Entry;
  /** Of the library, where it says so. */
  version = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  private constructor(entry: Entry) {
    this.entry = entry;
    const [program = '', ...args] = entry.command;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HOBBLING.includes(name)));
    this.#child = spawn(program, args, { env: { ...env, ...entry.env } });
    this.#child.on('error', (error) => (this.#errors += error.message));
    this.#child.stdin.on('error', () => {}); // it ended: the missing answer says so
    this.#child.stderr.on('data', (chunk) => (this.#errors += chunk));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @returns the process once it is warm, or why it cannot be had */
  static async start(entry: Entry): Promise<Contender | string> {
    if (entry.missing) return entry.missing;
    const contender = new Contender(entry);
    const answer = await contender.#answer();
    if (answer && 'ready' in answer) {
      contender.version = 'version' in answer ? String(answer.version) : '';
      return contender;
    }
    contender.stop();
    return reasonIn(contender.#errors) ?? 'it did not start';
  }

  async round(): Promise<Round | undefined> {
    this.#child.stdin.write('round\n');
    const answer = await this.#answer();
    return answer && 'perSecond' in answer ? (answer as Round) : undefined;
  }

  stop(): void {
    this.#child.kill();
  }

  /** The next line that is a message; others print what they like. */
  async #answer(): Promise<object | undefined> {
    const timer = setTimeout(() => this.stop(), PATIENCE_MS);
    try {
      for (;;) {
        const { value, done } = await this.#lines.next();
        if (done) return undefined;
        if (value.startsWith('{')) return JSON.parse(value) as object;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Why a program ended: the last line that names an error, such as `ModuleNotFoundError: No module named 'torch'`, else
 * the last but Node's farewell, its version.
 */
export function reasonIn(errors: string): string | undefined {
  const lines = errors
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Node\.js v[\d.]+$/.test(line));
  return lines.findLast((line) => /^[\w.]*(Error|Exception)\b.*:/.test(line)) ?? lines.at(-1);
}
