import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Where a command speaks, and how it was called. */
export interface Context {
  /** How to call the program again: `npx unroll char-lm`. */
  readonly invocation: string;
  /** The whole command line, as a person can type it. */
  readonly command: string;
  /** For results a person reads. With `--json` this is standard error, since standard output is then the object's. */
  readonly out: OutputStream;
  /** For progress and notes. */
  readonly err: OutputStream;
}

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Writes a text, and waits where the reader is slower. */
export async function write(out: OutputStream, text: string): Promise<void> {
  if (text !== '' && !out.write(text)) await once(out, 'drain');
}
