import { backendFlags, outputFlags } from '@unroll/run';
import { z } from 'zod';
import { CELLS } from './matrix/matrix.ts';
import { MEMORY_TASK_NAMES } from './memory/memory-tasks.ts';

const names = (about: string) => z.array(z.string().min(1)).meta({ description: about, section: 'Matrix' });
const numbers = (about: string) => z.array(z.int().min(0)).min(1).meta({ description: about, section: 'Matrix' });

/** How runs are run, whatever they are. */
const runningFlags = {
  jobs: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .meta({ description: 'runs at a time; by default one a core', section: 'Machine' }),
  backend: backendFlags.backend,
  out: z.string().min(1).optional().meta({
    description: 'the folder of the comparison; by default runs/ and the next free name',
    placeholder: 'DIR',
    section: 'Output',
  }),
  report: z.string().min(1).optional().meta({
    description: 'where the report goes; by default report.html in that folder',
    placeholder: 'FILE',
    section: 'Output',
  }),
  ...outputFlags,
};

export const runSchema = z.object({
  matrix: z.string().min(1).default('quick').meta({
    description: 'a matrix file, or the name of a built-in one: quick, full',
    placeholder: 'FILE',
    section: 'Matrix',
  }),
  tasks: names('which tasks, instead of the matrix’s').optional(),
  cells: z
    .array(z.enum([...CELLS, 'relu']))
    .optional()
    .meta({ description: 'which cells, instead of the matrix’s', section: 'Matrix' }),
  hidden: numbers('sizes of the recurrent state').optional(),
  seeds: numbers('seeds').optional(),
  equal: z.enum(['steps', 'minutes', 'parameters']).optional().meta({
    description: 'what the runs of a task have in common; parameters: steps too, and --hidden is an LSTM’s',
    section: 'Matrix',
  }),
  steps: z.int().min(1).optional().meta({ description: 'steps of every run', section: 'Matrix' }),
  minutes: z.number().positive().optional().meta({ description: 'minutes of every run', section: 'Matrix' }),
  add: names('folders of finished runs to stand beside them').default([]),
  continue: z.string().min(1).optional().meta({
    description: 'go on with the comparison in this folder',
    placeholder: 'DIR',
    section: 'Output',
  }),
  ...runningFlags,
});

export type RunConfig = z.output<typeof runSchema>;

export const memorySchema = z.object({
  tasks: z
    .array(z.enum(MEMORY_TASK_NAMES))
    .default([...MEMORY_TASK_NAMES])
    .meta({ description: 'which memory tasks', section: 'Matrix' }),
  cells: z
    .array(z.enum([...CELLS, 'relu']))
    .default([...CELLS])
    .meta({ description: 'which cells', section: 'Matrix' }),
  delays: numbers('over how many steps to remember, about').default([10, 40, 100]),
  seeds: numbers('seeds').default([1]),
  hidden: z.int().min(1).default(32).meta({ description: 'numbers of each hidden state', section: 'Matrix' }),
  steps: z.int().min(1).default(1000).meta({ description: 'how long to try', unit: 'steps', section: 'Matrix' }),
  ...runningFlags,
});

export type MemoryConfig = z.output<typeof memorySchema>;

const folders = z.array(z.string().min(1)).min(1).meta({
  description: 'folders of comparisons or of single runs',
  argument: 'DIR',
});

export const reportSchema = z.object({
  folders,
  out: z.string().min(1).optional().meta({
    description: 'where the report goes; by default report.html in the first folder',
    placeholder: 'FILE',
    section: 'Output',
  }),
  ...outputFlags,
});

export type ReportConfig = z.output<typeof reportSchema>;

export const watchSchema = z.object({
  folders,
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(4848)
    .meta({ description: 'the port on this machine; 0 for any', section: 'Output' }),
  ...outputFlags,
});

export type WatchConfig = z.output<typeof watchSchema>;
