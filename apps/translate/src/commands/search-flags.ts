import { ConfigError } from '@unroll/rnn-core';
import type { Requirement } from '@unroll/run';
import { z } from 'zod';
import { DEFAULT_SEARCH, type TranslateOptions, type Translator } from '../translator.ts';

const section = 'Beam search';

/** Flags of beam search. */
export const searchFlags = {
  beamSize: z.int().min(1).max(1000).default(DEFAULT_SEARCH.beamSize).meta({
    description: 'partial translations kept per sentence; 1 = greedy search',
    section,
  }),
  lengthPenalty: z.number().min(0).max(10).default(DEFAULT_SEARCH.lengthPenalty).meta({
    description: 'α of the score log-probability / ((5 + n) / 6)^α of n tokens: higher = longer translations',
    section,
  }),
  coveragePenalty: z.number().min(0).max(10).default(DEFAULT_SEARCH.coveragePenalty).meta({
    description: 'β: weight of the penalty for source words that got little attention; 0 = none',
    section,
  }),
  noRepeatNgramSize: z.int().min(0).max(100).default(DEFAULT_SEARCH.noRepeatNgramSize).meta({
    description: 'no n-gram of this size occurs twice in a translation; 0 = no limit',
    section,
  }),
  minLength: z.int().min(0).max(10_000).default(DEFAULT_SEARCH.minLength).meta({
    description: 'minimum length of a translation',
    unit: 'tokens',
    section,
  }),
  maxLength: z.int().min(1).max(10_000).optional().meta({
    description: 'maximum length of a translation; by default 1.6 times the source, plus 10',
    unit: 'tokens',
    section,
  }),
  evalBatchSize: z.int().min(1).max(10_000).default(DEFAULT_SEARCH.batchSize).meta({
    description: 'sentences translated at a time',
    section,
  }),
};

/** Earlier names of flags of beam search. */
export const searchRenamed = {
  beam: 'beamSize',
  lengthNormalisation: 'lengthPenalty',
  blockNgrams: 'noRepeatNgramSize',
  searchBatch: 'evalBatchSize',
};

/** Greedy search has one hypothesis, which no penalty can rank. */
export const searchRequires: readonly Requirement<SearchFlags>[] = [
  {
    flags: ['lengthPenalty', 'coveragePenalty'],
    when: ({ beamSize }) => beamSize > 1,
    needs: '--beam-size of at least 2',
  },
];

export type SearchFlags = z.output<z.ZodObject<typeof searchFlags>>;

/** The options of the search that the flags ask for. */
export function searchOptions(flags: SearchFlags): TranslateOptions {
  const { beamSize, lengthPenalty, coveragePenalty, noRepeatNgramSize, minLength, maxLength, evalBatchSize } = flags;
  return {
    beamSize,
    lengthPenalty,
    coveragePenalty,
    noRepeatNgramSize,
    minLength,
    maxLength,
    batchSize: evalBatchSize,
  };
}

/** @throws ConfigError when the least length is above the greatest */
export function checkLengths({ minLength, maxLength }: SearchFlags): void {
  if (maxLength !== undefined && minLength > maxLength)
    throw new ConfigError(`--min-length must be at most --max-length ${maxLength}, got ${minLength}`);
}

/** @throws ConfigError when a flag has no effect on this model */
export function checkSearch({ coveragePenalty }: SearchFlags, { model }: Translator, dir: string): void {
  if (coveragePenalty > 0 && model.config.attention === 'none')
    throw new ConfigError(
      `--coverage-penalty must be 0 for a model without attention, got ${coveragePenalty} for ${dir}`,
    );
}
