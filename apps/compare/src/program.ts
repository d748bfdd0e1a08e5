import { command, type Program } from '@unroll/run';
import { compareMemory } from './commands/memory.ts';
import { reportComparison } from './commands/report.ts';
import { runComparison } from './commands/run.ts';
import { watchComparison } from './commands/watch.ts';
import { memorySchema, reportSchema, runSchema, watchSchema } from './config.ts';
import { recall, recallSchema } from './memory/recall.ts';

/** What `compare` understands. */
export const program: Program = {
  app: 'compare',
  invocation: 'npm run -s compare --',
  summary: 'Tasks, cells and the health of their gradients side by side.',
  commands: {
    run: command({
      summary: 'Trains tasks × cells × sizes × seeds and reports on them.',
      schema: runSchema,
      run: runComparison,
    }),
    report: command({
      summary: 'Reports on runs: a table, and one HTML file that opens offline.',
      schema: reportSchema,
      run: reportComparison,
    }),
    watch: command({
      summary: 'Shows the report of runs in progress, live, to this machine alone.',
      schema: watchSchema,
      run: watchComparison,
    }),
    memory: command({
      summary: 'Shows what each cell can remember, and for how long: the classic memory tasks.',
      schema: memorySchema,
      run: compareMemory,
    }),
    recall: command({ summary: 'Trains one cell on one memory task.', schema: recallSchema, run: recall }),
  },
};
