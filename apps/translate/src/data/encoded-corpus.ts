import { DataError } from '@unroll/rnn-core';
import { type TokenizerConfig, TranslationTokenizer } from '../tokenizer.ts';
import { LanguageGuess } from './language-guess.ts';
import { type EncodedPair, type FilterRule, filterPairs } from './pair-filter.ts';
import type { Pair, ParallelCorpus } from './pairs.ts';

/** Parallel text as ids. */
export interface EncodedCorpus extends Pick<ParallelCorpus, 'name' | 'attribution'> {
  readonly tokenizer: TranslationTokenizer;
  readonly train: readonly EncodedPair[];
  readonly valid: readonly EncodedPair[];
  /** The pairs of the final evaluation: the test split, or the validation split where there is no test split. */
  readonly heldOut: { readonly split: 'test' | 'valid'; readonly pairs: readonly Pair[] };
}

/**
 * Trains the tokenizer, and leaves out pairs that are unfit for training.
 *
 * @param say is given a line that says what was left out
 * @param kept a tokenizer to use; by default one is trained
 * @throws DataError when no pair is left, or the held-out pairs are swapped or too long
 */
export function encodeCorpus(
  corpus: ParallelCorpus,
  options: TokenizerConfig & FilterRule,
  say: (line: string) => void,
  kept?: TranslationTokenizer,
): EncodedCorpus {
  const { name, attribution } = corpus;
  const guess = new LanguageGuess(corpus.train);
  const validPairs = corpus.valid.filter(isComplete);
  guess.checkDirection(`held-out pairs of ${name}`, validPairs);
  const tokenizer = kept ?? TranslationTokenizer.train(corpus.train, options);
  const encoded = corpus.train.map((pair) => ({ pair, ...tokenizer.encode(pair) }));
  const { kept: train, report } = filterPairs(encoded, options, guess.isSwapped);
  if (report) say(report);
  if (train.length === 0) throw new DataError(`${name}: must have pairs to train on, but all were left out`);
  if (validPairs.length === 0)
    throw new DataError(`${name}: must have held-out pairs, got none without an empty side; give --valid`);
  const heldOut = corpus.test
    ? ({ split: 'test', pairs: corpus.test } as const)
    : ({ split: 'valid', pairs: validPairs } as const);
  const whereIs = ({ line }: Pair): string => `held-out pairs of ${name}: line ${line}`;
  const valid = validPairs.map((pair) => ({ pair, ...tokenizer.encodePair(pair, whereIs(pair)) }));
  for (const pair of corpus.test ?? []) tokenizer.encodeSource(pair.source, whereIs(pair)); // before anything is trained
  return { name, attribution, tokenizer, train, valid, heldOut };
}

/** Whether neither side is empty. */
const isComplete = ({ source, target }: Pair): boolean => source !== '' && target !== '';
