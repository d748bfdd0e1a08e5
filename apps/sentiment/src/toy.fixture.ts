import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Rng } from '@unroll/rnn-core';
import { execute, type OutputStream } from '@unroll/run';
import { program } from './program.ts';

/** Reviews by a small grammar in which order matters: what is good is bad after `not`. */
export function toyReviews(count: number, seed = 7): { text: string; label: string }[] {
  const rng = Rng.seeded(seed);
  const one = (words: string): string => words.split(' ')[rng.integer(words.split(' ').length)] ?? '';
  return Array.from({ length: count }, (_, k) => {
    const isNegated = rng.integer(2) === 1;
    const isGood = rng.integer(2) === 1;
    const quality = one(isGood ? 'good great lovely superb' : 'bad dull awful broken');
    const start = `${one('The This That Our')} ${one('film phone meal room')} ${k % 40}`;
    return {
      text: `${start} is ${isNegated ? 'not ' : ''}${quality}${one('. ! ; …')}`,
      label: isGood === isNegated ? 'negative' : 'positive',
    };
  });
}

export const csv = (reviews: readonly { text: string; label: string }[]): string =>
  `text,label\n${reviews.map(({ text, label }) => `"${text}",${label}\n`).join('')}`;

/** A folder with files in it, gone when the block ends. */
export class ToyFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'unroll-sentiment-'));

  file(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A model so small that a step takes some milliseconds. */
export const TINY =
  '--members 1 --hidden 8 --embedding 8 --parts 50 --batch 20 --learning-rate 0.02 --dropout 0 --dropout-input 0 --no-bag-characters --backend reference'.split(
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
