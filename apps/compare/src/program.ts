import { invocationOf, type Program } from '@unroll/run';
import { memoryCommand } from './commands/memory.ts';
import { recallCommand } from './commands/recall.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { watchCommand } from './commands/watch.ts';

/** The commands of `compare`. */
export const program: Program = {
  app: 'compare',
  invocation: invocationOf('compare'),
  summary: 'Compares tasks, cells and how their gradients flow.',
  defaultCommand: 'run',
  commands: {
    run: runCommand,
    report: reportCommand,
    watch: watchCommand,
    memory: memoryCommand,
    recall: recallCommand,
  },
};
