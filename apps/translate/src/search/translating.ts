import { DataError } from '@unroll/rnn-core';
import { count } from '@unroll/run';
import type { SearchFlags } from '../commands/config.ts';
import type { Subwords } from '../tokenizer.ts';
import { ended } from '../training/teacher-forcing.ts';
import { beamSearch, type SearchOptions } from './beam-search.ts';
import type { Writer } from './decoding.ts';
import type { Hypothesis } from './hypothesis.ts';

/** A model with the subwords it reads and writes. */
export interface Interpreter extends Writer {
  readonly subwords: Subwords;
}

/** A translation as text. */
export interface Translation extends Hypothesis {
  readonly text: string;
}

export interface TranslatingOptions extends Pick<SearchFlags, 'searchBatch'>, SearchOptions {
  /** Lets signals and timers in between two batches. */
  readonly breathe?: (() => Promise<void>) | undefined;
}

export const MAX_SOURCE_TOKENS = 2000; // far beyond any sentence, and still within a modest machine's memory

/**
 * Translates sentences, those of like length together.
 *
 * @returns of each sentence the best translations, best first; of one that is empty, one that is
 * @throws DataError when a sentence is too long, with its place
 */
export async function translateAll(
  { subwords, ...writer }: Interpreter,
  sentences: readonly string[],
  { searchBatch, breathe, ...options }: TranslatingOptions,
): Promise<Translation[][]> {
  const ids = sentences.map((sentence) => subwords.source.encode(sentence.normalize('NFC').trim()));
  for (const [k, { length }] of ids.entries())
    if (length > MAX_SOURCE_TOKENS)
      throw new DataError(
        `sentence ${k + 1}: must be at most ${count(MAX_SOURCE_TOKENS)} tokens, got ${count(length)}; cut it into sentences`,
      );
  const order = [...ids.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const spoken = order.filter((k) => lengthOf(k) > 0);
  const found: Translation[][] = sentences.map(() => [
    { ids: new Int32Array(0), text: '', score: 0, logProbability: 0, attention: [] },
  ]);
  for (let from = 0; from < spoken.length; from += searchBatch) {
    const batch = spoken.slice(from, from + searchBatch);
    const sources = batch.map((k) => ended(ids[k] as Int32Array, subwords.boundaries.source));
    for (const [n, hypotheses] of beamSearch(writer, sources, options).entries())
      found[batch[n] as number] = hypotheses.map((one) => ({ ...one, text: subwords.target.decode(one.ids) }));
    await breathe?.();
  }
  return found;

  function lengthOf(k: number): number {
    return ids[k]?.length ?? 0;
  }
}

/** The search as the flags ask for it. */
export function searchOptions(
  flags: SearchFlags,
  { best = 1, withAttention = false }: Partial<Pick<SearchOptions, 'best' | 'withAttention'>> = {},
): Omit<TranslatingOptions, 'breathe'> {
  const { beam, lengthNormalisation, coveragePenalty, blockNgrams, minLength, maxLength, searchBatch } = flags;
  return {
    beam,
    lengthNormalisation,
    coveragePenalty,
    blockNgrams,
    minLength,
    maxLength,
    searchBatch,
    best,
    withAttention,
  };
}
