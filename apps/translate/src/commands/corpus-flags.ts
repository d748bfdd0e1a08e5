import { z } from 'zod';

/** Flags that name parallel text in files, one or two. */
export const pairFlags = {
  data: z.string().min(1).optional().meta({
    description: 'TSV file of pairs, source and target in its two columns; may be gzipped',
    section: 'Data',
    placeholder: 'PATH',
  }),
  source: z.string().min(1).optional().meta({
    description: 'instead of --data: file of source sentences, one per line',
    section: 'Data',
    placeholder: 'PATH',
  }),
  target: z.string().min(1).optional().meta({
    description: 'file of their translations, line by line',
    section: 'Data',
    placeholder: 'PATH',
  }),
};

/** Groups of flags of which at most one is given. */
export const pairExclusive = [
  ['data', 'source'],
  ['data', 'target'],
] as const;
