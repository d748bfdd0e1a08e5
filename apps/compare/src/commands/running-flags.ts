import { backendFlags, outputFlags } from '@unroll/run';
import { z } from 'zod';

/** Flags of every command that trains several runs. */
export const runningFlags = {
  jobs: z.int().min(1).max(1024).optional().meta({
    description: 'runs at a time, each with one thread; by default one per core',
    section: 'Machine',
  }),
  backend: backendFlags.backend,
  out: z.string().min(1).optional().meta({
    description: 'folder of the comparison; by default the next free name in runs/',
    placeholder: 'DIR',
    section: 'Output',
  }),
  resume: z.string().min(1).optional().meta({
    description: 'continue the comparison in this folder: train what is missing, and what failed again',
    placeholder: 'DIR',
    section: 'Output',
  }),
  report: z.string().min(1).optional().meta({
    description: 'file of the report; by default report.html in the folder',
    placeholder: 'FILE',
    section: 'Output',
  }),
  ...outputFlags,
};

/** Earlier names of these flags. */
export const runningRenamed = { continue: 'resume' };

/** A flag that takes a list of whole numbers. */
export const numbers = (description: string, least: number) =>
  z.array(z.int().min(least)).min(1).meta({ description, placeholder: 'N,…', section: 'Matrix' });

/** Flags that say what to compare have no effect on a comparison that is resumed. */
export const isNew = ({ resume }: { readonly resume?: string | undefined }): boolean => resume === undefined;
export const NEW = 'no --resume';
