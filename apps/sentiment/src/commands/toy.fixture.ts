import { Rng } from '@unroll/rnn-core';
import { type Called, callProgram, callSuccessfully } from '@unroll/run/testing';
import { program } from './program.ts';

/** Generates reviews in which word order matters: `not` inverts what follows. */
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

/** Flags of a model small enough to train in milliseconds a step. */
export const TINY =
  '--ensemble-size 1 --hidden-size 8 --embedding-size 8 --char-ngram-buckets 50 --batch-size 20 --lr 0.02 --dropout 0 --embedding-dropout 0 --no-bag-char-ngrams --backend reference'.split(
    ' ',
  );

/** Calls the program in this process. */
export const call = async (...argv: string[]): Promise<Called> => callProgram(program, argv);

/** As {@link call}, for what must succeed. */
export const succeed = async (...argv: string[]): Promise<Called> => callSuccessfully(program, argv);
