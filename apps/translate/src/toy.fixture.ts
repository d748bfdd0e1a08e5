import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Rng } from '@unroll/rnn-core';
import { execute, type OutputStream, type Program } from '@unroll/run';
import { metricsProgram } from './metrics-program.ts';
import { program } from './program.ts';

const NOUNS = { dog: 'chien', cat: 'chat', boy: 'garçon', boat: 'bateau', horse: 'cheval' };
const COLOURS = { red: 'rouge', black: 'noir', green: 'vert', white: 'blanc' };
const VERBS = { sees: 'voit', follows: 'suit', paints: 'peint' };

/** Sentences of our own with something to learn: a small grammar in which adjectives change their place. */
export function toyPairs(count: number, seed = 7): [source: string, target: string][] {
  const rng = Rng.seeded(seed);
  const one = (words: Record<string, string>): [string, string] =>
    Object.entries(words)[rng.integer(Object.keys(words).length)] as [string, string];
  return Array.from({ length: count }, () => {
    const [[noun, nom], [colour, couleur], [verb, verbe], [other, autre]] = [
      one(NOUNS),
      one(COLOURS),
      one(VERBS),
      one(NOUNS),
    ];
    return [`The ${colour} ${noun} ${verb} a ${other}.`, `Le ${nom} ${couleur} ${verbe} un ${autre}.`];
  });
}

export const tsv = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([source, target]) => `${source}\t${target}\n`).join('');

/** A folder with pairs in it, gone when the block ends. */
export class ToyFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'unroll-translate-'));

  file(name: string, content: string | Uint8Array = tsv(toyPairs(200))): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A model so small that a step takes milliseconds. */
export const TINY =
  '--vocab 320 --embedding 24 --hidden 16 --decoder-hidden 24 --dropout 0 --batch-tokens 150 --learning-rate 0.02 --beam 3 --backend reference'.split(
    ' ',
  );

/** What a call of the program came to. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function callProgram(which: Program, argv: readonly string[]): Promise<Called> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await execute(which, argv, { stdout, stderr });
  return { code, out: stdout.text, err: stderr.text };
}

/** Calls the program in this process. */
export const call = async (...argv: string[]): Promise<Called> => callProgram(program, argv);

/** The same for `metrics`. */
export const callMetrics = async (...argv: string[]): Promise<Called> => callProgram(metricsProgram, argv);

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
