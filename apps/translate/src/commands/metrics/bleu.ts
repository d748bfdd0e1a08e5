import {
  type BleuScore,
  bleu,
  bleuTokenizerFor,
  bleuZeroReason,
  type References,
  type TranslationMetric,
} from '@unroll/metrics';
import { command, type Requirement } from '@unroll/run';
import { z } from 'zod';
import { tokenize } from '../tokenize-flag.ts';
import { lowercase, score, scoringFlags, scoringRenamed } from './scoring.ts';

export const bleuFlags = {
  tokenize,
  smoothMethod: z.enum(['exp', 'floor', 'add-k', 'none']).default('exp').meta({
    description: 'smoothing of n-gram precisions of 0',
    section: 'BLEU',
  }),
  smoothValue: z.number().min(0).optional().meta({
    description: '--smooth-method floor: the value in place of 0 matches, by default 0.1; add-k: k, by default 1',
    section: 'BLEU',
  }),
};

/** Earlier names of these flags. */
export const bleuRenamed = { smooth: 'smoothMethod' };

export const bleuRequires: readonly Requirement<z.output<z.ZodObject<typeof bleuFlags>>>[] = [
  {
    flags: ['smoothValue'],
    when: ({ smoothMethod }) => smoothMethod === 'floor' || smoothMethod === 'add-k',
    needs: '--smooth-method floor or add-k',
  },
];

export type BleuFlags = z.output<z.ZodObject<typeof bleuFlags>> & { readonly lowercase: boolean };

/**
 * BLEU as the flags configure it.
 *
 * @param references the language of which chooses the tokenizer when no flag does
 * @param effectiveOrder for single sentences
 */
export const bleuOf = (
  { tokenize, smoothMethod, smoothValue, lowercase: lower }: BleuFlags,
  references: References,
  { effectiveOrder = false } = {},
): TranslationMetric<BleuScore> =>
  bleu({
    tokenizer: tokenize ?? bleuTokenizerFor(references),
    smoothing: { method: smoothMethod, ...(smoothValue !== undefined && { value: smoothValue }) },
    lowercase: lower,
    effectiveOrder,
  });

export const bleuCommand = command({
  schema: z.object({ ...scoringFlags, ...bleuFlags, lowercase }),
  renamed: { ...scoringRenamed, ...bleuRenamed },
  requires: bleuRequires,
  run: async (config, context) =>
    score(
      config,
      context,
      (references, { ofSentence }) => bleuOf(config, references, { effectiveOrder: ofSentence }),
      bleuZeroReason,
    ),
});
