import { ter } from '@unroll/metrics';
import { command, type Requirement } from '@unroll/run';
import { z } from 'zod';
import { score, scoringFlags, scoringRenamed } from './scoring.ts';

export const terFlags = {
  normalized: z.boolean().default(false).meta({ description: 'split punctuation from words', section: 'TER' }),
  noPunctuation: z.boolean().default(false).meta({ description: 'remove punctuation', section: 'TER' }),
  asianSupport: z
    .boolean()
    .default(false)
    .meta({ description: 'split Chinese and Japanese text into characters', section: 'TER' }),
  caseSensitive: z.boolean().default(false).meta({ description: 'keep letter case', section: 'TER' }),
};

/** Earlier names of these flags. */
export const terRenamed = { asian: 'asianSupport' };

/** sacreBLEU's rules for Asian text extend those of the other two flags. */
export const terRequires: readonly Requirement<TerFlags>[] = [
  {
    flags: ['asianSupport'],
    when: ({ normalized, noPunctuation }) => normalized || noPunctuation,
    needs: '--normalized or --no-punctuation',
  },
];

export type TerFlags = z.output<z.ZodObject<typeof terFlags>>;

/** TER as the flags configure it. */
export const terOf = ({ asianSupport, ...flags }: TerFlags) => ter({ asian: asianSupport, ...flags });

export const terCommand = command({
  schema: z.object({ ...scoringFlags, ...terFlags }),
  renamed: { ...scoringRenamed, ...terRenamed },
  requires: terRequires,
  run: async (config, context) => score(config, context, () => terOf(config)),
});
