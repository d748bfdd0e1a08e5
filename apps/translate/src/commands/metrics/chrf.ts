import { chrf, type TranslationMetric } from '@unroll/metrics';
import { command } from '@unroll/run';
import { z } from 'zod';
import { lowercase, score, scoringFlags, scoringRenamed } from './scoring.ts';

export const chrfFlags = {
  charOrder: z
    .int()
    .min(1)
    .max(20)
    .default(6)
    .meta({ description: 'maximum order of character n-grams', section: 'chrF' }),
  wordOrder: z
    .int()
    .min(0)
    .max(20)
    .default(0)
    .meta({ description: 'maximum order of word n-grams; 2 = chrF++', section: 'chrF' }),
  beta: z.int().min(1).max(20).default(2).meta({ description: 'weight of recall over precision', section: 'chrF' }),
};

export type ChrfFlags = z.output<z.ZodObject<typeof chrfFlags>> & { readonly lowercase: boolean };

/** chrF as the flags configure it. */
export const chrfOf = ({ charOrder, ...flags }: ChrfFlags): TranslationMetric =>
  chrf({ characterOrder: charOrder, ...flags });

export const chrfCommand = command({
  schema: z.object({ ...scoringFlags, ...chrfFlags, lowercase }),
  renamed: scoringRenamed,
  run: async (config, context) => score(config, context, () => chrfOf(config)),
});
