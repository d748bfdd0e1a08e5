import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Rng } from '@unroll/rnn-core';
import { execute, type OutputStream } from '@unroll/run';
import { program } from './program.ts';

/** A text of our own with something to learn: a small grammar's sentences. */
export function toyText(sentences: number, seed = 7): string {
  const rng = Rng.seeded(seed);
  const one = (words: string): string => words.split(' ')[rng.integer(words.split(' ').length)] ?? '';
  return Array.from(
    { length: sentences },
    () =>
      `The ${one('cat dog bird whale')} ${one('sees hears likes')} the ${one('old young red')} ${one('tree boat moon')}.\n`,
  ).join('');
}

/** A folder with a text in it, gone when the block ends. */
export class ToyFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'unroll-char-lm-'));

  file(name: string, content: string | Uint8Array = toyText(200)): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A model so small that a step takes a millisecond. */
export const TINY = '--hidden 12 --embedding 8 --batch 4 --window 8 --learning-rate 0.02 --backend reference'.split(
  ' ',
);

/** What a call of the program came to. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Calls the program in this process. */
export async function call(...argv: string[]): Promise<Called> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await execute(program, argv, { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

/** As {@link call}, for what must succeed. */
export async function succeed(...argv: string[]): Promise<Called> {
  const called = await call(...argv);
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
