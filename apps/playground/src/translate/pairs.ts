import { DataError, Rng } from '@unroll/rnn-core';
import type { TextPair } from '@unroll/translate';
import { workerStrings } from '../strings.ts';
import { drawPair } from './grammar.ts';

/** Sentences to train on and others to validate on. */
export interface SplitPairs {
  readonly train: readonly TextPair[];
  readonly valid: readonly TextPair[];
}

const DRAWN = 3000;
const HELD_OUT = 60;
const EVERY = 10; // of one's own pairs is held out
const LEAST = 20;

/** Sentences of the grammar; those to validate on are not among the others. */
export function drawnPairs(seed: number): SplitPairs {
  const rng = Rng.seeded(seed).split('pairs');
  const valid = Array.from({ length: HELD_OUT }, () => drawPair(rng));
  const held = new Set(valid.map(({ source }) => source));
  const train = Array.from({ length: DRAWN }, () => drawPair(rng)).filter(({ source }) => !held.has(source));
  return { train, valid };
}

/**
 * Pairs as a person types or pastes them: a line each, a tab between a sentence and its translation.
 *
 * @throws DataError naming the first line without a tab, or when there are too few
 */
export function parsePairs(text: string): SplitPairs {
  const lines = text
    .normalize('NFC')
    .split('\n')
    .map((line, k) => ({ line: line.trim(), number: k + 1 }))
    .filter(({ line }) => line !== '');
  const pairs = lines.map(({ line, number }): TextPair => {
    const [source = '', target = ''] = line.split('\t', 2).map((side) => side.trim());
    if (source === '' || target === '') throw new DataError(workerStrings.noTab(number));
    return { source, target };
  });
  if (pairs.length < LEAST) throw new DataError(workerStrings.tooFewPairs(LEAST, pairs.length));
  return { train: pairs.filter((_, k) => !isHeldOut(k)), valid: pairs.filter((_, k) => isHeldOut(k)) };
}

const isHeldOut = (k: number): boolean => k % EVERY === EVERY - 1;
