import { join } from 'node:path';
import { Rng } from '@unroll/rnn-core';
import { type Called, callProgram, callSuccessfully, type TestFolder } from '@unroll/run/testing';
import { program } from './program.ts';

/** A text to learn: sentences of a small grammar. */
export function toyText(sentences: number, seed = 7): string {
  const rng = Rng.seeded(seed);
  const one = (words: string): string => words.split(' ')[rng.integer(words.split(' ').length)] ?? '';
  return Array.from(
    { length: sentences },
    () =>
      `The ${one('cat dog bird whale')} ${one('sees hears likes')} the ${one('old young red')} ${one('tree boat moon')}.\n`,
  ).join('');
}

/** A model so small that a step takes a millisecond. */
export const TINY = '--hidden-size 12 --embedding-size 8 --batch-size 4 --bptt 8 --lr 0.02 --backend reference'.split(
  ' ',
);

/** Calls the program in this process. */
export const call = async (...argv: string[]): Promise<Called> => callProgram(program, argv);

/** As {@link call}, for what must succeed. */
export const succeed = async (...argv: string[]): Promise<Called> => callSuccessfully(program, argv);

/** A model, and what it was trained on. */
interface ToyRun {
  /** The file of the text. */
  readonly text: string;
  /** The folder of the run. */
  readonly trained: string;
  /** What `train --json` printed. */
  readonly result: Record<string, unknown>;
}

/** Trains on a toy text in a folder. */
export async function trainToy(folder: TestFolder): Promise<ToyRun> {
  const [text, trained] = [folder.file('toy.txt', toyText(200)), join(folder.path, 'trained')];
  const flags = ['--steps', '600', '--validate-every', '200', '--out', trained, '--json'];
  const { out } = await succeed('train', '--data', text, ...TINY, ...flags);
  return { text, trained, result: JSON.parse(out) as Record<string, unknown> };
}
