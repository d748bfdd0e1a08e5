import { join } from 'node:path';
import { Rng } from '@unroll/rnn-core';
import { type Called, callProgram, callSuccessfully, type TestFolder } from '@unroll/run/testing';
import { metricsProgram } from './metrics/program.ts';
import { program } from './program.ts';

const NOUNS = { dog: 'chien', cat: 'chat', boy: 'garçon', boat: 'bateau', horse: 'cheval' };
const COLOURS = { red: 'rouge', black: 'noir', green: 'vert', white: 'blanc' };
const VERBS = { sees: 'voit', follows: 'suit', paints: 'peint' };

/** Sentences of our own with something to learn: a small grammar in which adjectives move behind the noun. */
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

/** Of that grammar, and not among the pairs. */
export const [SENTENCE, TRANSLATION] = ['The red horse follows a cat.', 'Le cheval rouge suit un chat.'] as const;

export const tsv = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([source, target]) => `${source}\t${target}\n`).join('');

/** A model so small that a step takes milliseconds. */
export const TINY =
  '--vocab-size 320 --embedding-size 24 --hidden-size 16 --decoder-hidden-size 24 --dropout 0 --batch-tokens 150 --lr 0.02 --beam-size 3 --backend wasm --threads 1'.split(
    ' ',
  );

/** Calls the program in this process. */
export const call = async (...argv: string[]): Promise<Called> => callProgram(program, argv);

/** The same for `metrics`. */
export const callMetrics = async (...argv: string[]): Promise<Called> => callProgram(metricsProgram, argv);

/** As {@link call}, for what must succeed. */
export const succeed = async (...argv: string[]): Promise<Called> => callSuccessfully(program, argv);

/** A model, and what it was trained on. */
interface ToyRun {
  /** The file of the pairs. */
  readonly data: string;
  /** The folder of the run. */
  readonly trained: string;
  /** What `train --json` printed. */
  readonly result: Record<string, unknown>;
}

/** Trains on toy pairs in a folder. */
export async function trainToy(folder: TestFolder): Promise<ToyRun> {
  const [data, trained] = [folder.file('toy.tsv', tsv(toyPairs(200))), join(folder.path, 'trained')];
  const flags = ['--data', data, ...TINY, '--steps', '300', '--validate-every', '150', '--out', trained, '--json'];
  return { data, trained, result: JSON.parse((await succeed('train', ...flags)).out) as Record<string, unknown> };
}
