import { MAX_THREADS, PRECISIONS } from '@unroll/kernels';
import { z } from 'zod';
import { typed } from '../cli/flag.ts';
import type { SharedRequirement } from '../cli/requirement.ts';
import { readRunRecord } from '../training/run-record.ts';
import { brokenPlanRule } from '../training/training-length.ts';

/** Flags of every command. */
export const outputFlags = {
  json: z.boolean().default(false).meta({
    description: 'print the result as one JSON object on standard output, and everything else on standard error',
    section: 'Output',
    once: true,
  }),
};

/** Flags of every command that computes. */
export const backendFlags = {
  backend: z.enum(['auto', 'native', 'wasm', 'reference']).default('auto').meta({
    description: 'implementation of the kernels; auto = the fastest that works on this machine',
    section: 'Machine',
  }),
  threads: z.int().min(1).max(MAX_THREADS).optional().meta({
    description: 'threads that compute; by default one per core',
    section: 'Machine',
  }),
};

/** Flags of every command that trains. */
export const precisionFlags = {
  precision: z.enum(PRECISIONS).default('float32').meta({
    description:
      'number format of the factors of matrix products in training; bf16 = rounded to bfloat16, faster on processors with AMX, and on AMD with AVX512-BF16; weights, sums and evaluation stay float32',
    section: 'Machine',
  }),
};

/** Which of the flags of the backend need others. */
export const backendRequires: readonly SharedRequirement[] = [
  {
    flags: ['threads'],
    when: ({ backend, threads }) => backend !== 'reference' || threads === 1,
    needs: '--backend auto, native or wasm',
  },
  {
    flags: ['precision'],
    when: ({ backend, precision }) => backend === 'auto' || backend === 'native' || precision !== 'bf16',
    needs: '--backend auto or native',
  },
];

/** Flags of every command that reads a named data set. */
export const dataFlags = {
  dataDir: z.string().min(1).optional().meta({
    description: 'folder with copies of the named data sets, read instead of downloading them',
    placeholder: 'DIR',
    section: 'Data',
  }),
};

/** Flags of every `train`: exactly one of `steps`, `epochs`, `minutes` and `plan`; see {@link trainingExclusive}. */
export const trainingFlags = {
  steps: z.int().min(1).optional().meta({ description: 'optimiser steps to train for', section: 'Length' }),
  epochs: z
    .number()
    .positive()
    .optional()
    .meta({ description: 'passes over the training data to train for', section: 'Length' }),
  minutes: z.number().positive().max(100_000).optional().meta({
    description:
      'minutes to train for, evaluation and saving included; the number of steps follows from the speed, measured first and while training',
    section: 'Length',
  }),
  plan: z
    .array(z.string())
    .superRefine((plan, context) => {
      const message = brokenPlanRule(plan);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .meta({
      description:
        'repeats a run of --minutes exactly, with the plan in its run.json: N steps at the start, then at each STEP the new number of STEPS in all, such as 24000,2400:22000',
      placeholder: 'N,STEP:STEPS,…',
      section: 'Length',
    }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .meta({ description: 'seed of all random numbers', section: 'Length' }),
  out: z.string().min(1).optional().meta({
    description: 'folder of the run; by default the next free name in runs/',
    placeholder: 'DIR',
    section: 'Output',
    once: true,
  }),
  resume: z.string().min(1).optional().meta({
    description: 'continue the run in this folder, with its settings; --minutes are on top of those before',
    placeholder: 'DIR',
    section: 'Output',
    once: true,
    resumes: true,
  }),
  tensorboard: z.boolean().default(false).meta({
    description:
      'also write an event file of TensorBoard into the folder of the run: metrics, text samples and, with --probe-gradients, histograms',
    section: 'Output',
  }),
  ...dataFlags,
  ...backendFlags,
  ...precisionFlags,
  ...outputFlags,
};

const LENGTHS = ['steps', 'epochs', 'minutes', 'plan'] as const;

/** Groups of flags of which at most one is given. */
export const trainingExclusive = [LENGTHS] as const;

/**
 * The requirements of flags that act where a training begins and never after: when a run is resumed, they can only repeat what
 * it has.
 *
 * @param app whose runs are resumed
 */
export const initialRequires = (app: string, keys: readonly string[]): SharedRequirement[] =>
  keys.map((key) => ({
    flags: [key],
    when: ({ resume, [key]: value }) =>
      typeof resume !== 'string' || typed(value) === typed(readRunRecord(resume, app).config[key]),
    needs: 'no --resume',
  }));

/** The flags of a command with `--minutes` where none of them says how long to train. */
export const withMinutes = (given: Readonly<Record<string, unknown>>, minutes: number): Record<string, unknown> =>
  [...LENGTHS, 'resume', 'preset'].some((key) => given[key] !== undefined) ? { ...given } : { ...given, minutes };
