import { join } from 'node:path';
import { Rng } from '@unroll/rnn-core';
import { type Called, callProgram, callSuccessfully, type TestFolder } from '@unroll/run/testing';
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

/** What a call that must succeed prints with `--json`. */
export const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await succeed(...argv, '--json')).out) as Record<string, unknown>;

/** A model, and what it was trained on. */
interface ToyRun {
  /** The file of the texts. */
  readonly data: string;
  /** The folder of the run. */
  readonly trained: string;
  /** What `train --json` printed. */
  readonly result: Record<string, unknown>;
}

/** Trains on toy reviews in a folder. */
export async function trainToy(folder: TestFolder): Promise<ToyRun> {
  const [data, trained] = [folder.file('toy.csv', csv(toyReviews(300))), join(folder.path, 'trained')];
  const { out } = await succeed('train', '--data', data, ...TINY, '--epochs', '15', '--out', trained, '--json');
  return { data, trained, result: JSON.parse(out) as Record<string, unknown> };
}
