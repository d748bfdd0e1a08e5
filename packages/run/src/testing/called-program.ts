import { Writable } from 'node:stream';
import type { OutputStream } from '../cli/context.ts';
import { execute, type Program } from '../cli/program.ts';

/** What a call of a program came to. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Calls a program in this process, and keeps what it prints. */
export async function callProgram(program: Program, argv: readonly string[]): Promise<Called> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await execute(program, argv, { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

/** As {@link callProgram}, for what must succeed. @throws Error with what it printed, when it did not */
export async function callSuccessfully(program: Program, argv: readonly string[]): Promise<Called> {
  const called = await callProgram(program, argv);
  if (called.code !== 0) throw new Error(`${argv.join(' ')} ended with ${called.code}: ${called.err}`);
  return called;
}

class Collected extends Writable implements OutputStream {
  text = '';

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
