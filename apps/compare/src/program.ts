import { command, type Program } from '@unroll/run';
import { memorySchema, reportSchema, runSchema, watchSchema } from './config.ts';
import { compareMemory } from './memory/memory-command.ts';
import { recall, recallSchema } from './memory/recall.ts';
import { reportComparison } from './report-command.ts';
import { runComparison } from './run-command.ts';
import { watchComparison } from './watch-command.ts';

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
