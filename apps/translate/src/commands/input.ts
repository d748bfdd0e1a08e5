import { text as readAll } from 'node:stream/consumers';
import { decodeText, readTextFile } from '@unroll/run';

export interface InputOptions {
  readonly text?: readonly string[] | undefined;
  readonly file?: string | undefined;
}

/** Sentences from the command line, a file or standard input, one a line. */
export async function readSentences({ text, file }: InputOptions): Promise<readonly string[]> {
  if (text !== undefined && text.length > 0) return text;
  const whole =
    file === undefined ? decodeText(Buffer.from(await readAll(process.stdin)), 'standard input') : readTextFile(file);
  return whole.replace(/\n$/, '').split('\n');
}
