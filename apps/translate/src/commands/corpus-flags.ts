import { datasetList } from '@unroll/datasets';
import { z } from 'zod';

const section = 'Data';
const file = (description: string) =>
  z.string().min(1).optional().meta({ description, section, placeholder: 'FILE' });

/** Parallel text in files, one or two. */
export const pairFlags = {
  data: file('TSV file of pairs, source in the first column, target in the second; may be gzipped'),
  source: file('instead of --data: file of source sentences, one per line'),
  target: file('file of their translations, line by line'),
};

/** Groups of flags of which at most one is given. */
export const pairExclusive = [
  ['data', 'source'],
  ['data', 'target'],
] as const;

/** Which parallel text to train on. */
export const corpusFlags = {
  dataset: z
    .string()
    .optional()
    .meta({
      description: 'named data set to train on',
      values: () => datasetList('translation'),
      section,
      placeholder: 'NAME',
    }),
  ...pairFlags,
  valid: file('TSV file of validation pairs, for --data; by default 5 % of the pairs, but about 2,000 at most'),
  validSource: file(
    'file of validation sentences, for --source; by default 5 % of the pairs, but about 2,000 at most',
  ),
  validTarget: file('file of their translations, line by line'),
};
