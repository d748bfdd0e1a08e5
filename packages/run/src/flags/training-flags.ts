import { MAX_THREADS } from '@unroll/kernels';
import { z } from 'zod';

/** What every command understands. */
export const outputFlags = {
  json: z.boolean().default(false).meta({
    description: 'print the result as one JSON object on standard output, and everything else on standard error',
    section: 'Output',
    once: true,
  }),
};

/** What every command that computes understands. */
export const backendFlags = {
  backend: z.enum(['auto', 'native', 'wasm', 'reference']).default('auto').meta({
    description: 'what computes; auto takes the fastest that works here',
    section: 'Machine',
  }),
  threads: z.int().min(1).max(MAX_THREADS).optional().meta({
    description: 'how many threads compute; by default one a core',
    section: 'Machine',
  }),
};

/** What every command that reads a named data set understands. */
export const dataFlags = {
  dataDir: z.string().min(1).optional().meta({
    description: 'a folder with copies of named data sets, used in place of the network',
    placeholder: 'DIR',
    section: 'Data',
  }),
};

/** What every `train` understands. Of `steps`, `epochs` and `minutes` one is given; see {@link trainingExclusive}. */
export const trainingFlags = {
  steps: z.int().min(1).optional().meta({ description: 'how long to train, in steps', section: 'Length' }),
  epochs: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'how long to train, in passes over the data', section: 'Length' }),
  minutes: z.number().positive().max(100_000).optional().meta({
    description:
      'how long to train, in minutes, evaluation and saving included; the speed is measured first and the steps fixed; with --resume so much longer',
    section: 'Length',
  }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({ description: 'what all randomness grows from', section: 'Length' }),
  out: z.string().min(1).optional().meta({
    description: 'the folder of the run; by default runs/ and the next free name',
    placeholder: 'DIR',
    section: 'Output',
    once: true,
  }),
  resume: z.string().min(1).optional().meta({
    description: 'go on with the run in this folder, with its settings',
    placeholder: 'DIR',
    section: 'Output',
    once: true,
  }),
  ...dataFlags,
  ...backendFlags,
  ...outputFlags,
};

/** Of each of these groups one flag at most is given. */
export const trainingExclusive = [['steps', 'epochs', 'minutes']] as const;
