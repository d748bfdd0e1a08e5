import { DataError } from '@unroll/rnn-core';
import { type SubwordConfig, Subwords } from '../tokenizer.ts';
import { LanguageGuess } from './language-guess.ts';
import { type EncodedPair, type FilterRule, filterPairs } from './pair-filter.ts';
import { type Pair, type ParallelCorpus, type ParallelOptions, readParallel } from './pairs.ts';

/** Parallel text as ids. */
export interface EncodedCorpus extends Pick<ParallelCorpus, 'name' | 'attribution'> {
  readonly subwords: Subwords;
  readonly train: readonly EncodedPair[];
  readonly valid: readonly EncodedPair[];
  /** What the finished model is judged by: the test part, or where there is none the held-out one. */
  readonly judged: { readonly name: 'test' | 'valid'; readonly pairs: readonly Pair[] };
}

/**
 * Reads pairs, learns their subwords, and leaves out of training what teaches nothing.
 *
 * @param say told what was left out, in one line
 * @throws DataError when nothing is left, or the held-out pairs are the other way round
 */
export async function readEncodedCorpus(
  options: ParallelOptions & SubwordConfig & FilterRule,
  say: (line: string) => void,
): Promise<EncodedCorpus> {
  const corpus = await readParallel(options);
  const { name, attribution } = corpus;
  const guess = new LanguageGuess(corpus.train);
  const heldOut = corpus.valid.filter(isWhole);
  guess.checkDirection(`held-out pairs of ${name}`, heldOut);
  const subwords = Subwords.learn(corpus.train, options);
  const encode = (pairs: readonly Pair[]): EncodedPair[] => pairs.map((pair) => ({ pair, ...subwords.encode(pair) }));
  const { kept: train, report } = filterPairs(encode(corpus.train), options, guess.isSwapped);
  if (report) say(report);
  if (train.length === 0) throw new DataError(`${name}: must hold pairs to learn from, got none that is left`);
  if (heldOut.length === 0) throw new DataError(`${name}: must hold held-out pairs, got none without an empty side`);
  const judged = corpus.test
    ? ({ name: 'test', pairs: corpus.test } as const)
    : ({ name: 'valid', pairs: heldOut } as const);
  return { name, attribution, subwords, train, valid: encode(heldOut), judged };
}

/** Whether both sides say something. */
const isWhole = ({ source, target }: Pair): boolean => source !== '' && target !== '';
