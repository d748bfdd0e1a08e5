import { datasetList } from '@unroll/datasets';
import { z } from 'zod';

const section = 'Data';

/** Which text, and what the network reads of it at a time step. */
export const corpusFlags = {
  dataset: z
    .string()
    .optional()
    .meta({
      description: 'named data set to train on',
      values: () => datasetList('language modelling'),
      section,
      placeholder: 'NAME',
    }),
  data: z.string().min(1).optional().meta({
    description: 'text file to train on, in place of --dataset: UTF-8 or UTF-16, may be gzipped',
    section,
    placeholder: 'FILE',
  }),
  valid: z.string().min(1).optional().meta({
    description: 'text file to validate on; by default the last tenth of --data, but 250,000 characters at most',
    section,
    placeholder: 'FILE',
  }),
  maxCharacters: z.int().min(2).optional().meta({
    description: 'train on at most the first N characters of --data; by default all, or what --minutes needs',
    section,
  }),
  unit: z.enum(['byte', 'codepoint', 'grapheme']).default('codepoint').meta({
    description: 'what the network reads at a time step: a byte of UTF-8, a Unicode code point or a grapheme cluster',
    section,
  }),
};
