import { Rng } from '@unroll/rnn-core';
import { type Called, callProgram, callSuccessfully } from '@unroll/run/testing';
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
