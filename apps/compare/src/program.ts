import { invocationOf, type Program } from '@unroll/run';

/** The commands of `compare`. */
export const program: Program = {
  app: 'compare',
  invocation: invocationOf('compare'),
  summary: 'Compares tasks, cells and how their gradients flow.',
  defaultCommand: 'run',
  commands: {
    run: {
      summary: 'Trains tasks × cells × sizes × variants × seeds and reports on them.',
      load: async () => (await import('./commands/run.ts')).runCommand,
    },
    report: {
      summary: 'Reports on runs: a table, and one HTML file that opens offline.',
      load: async () => (await import('./commands/report.ts')).reportCommand,
    },
    watch: {
      summary: 'Shows the report of runs in progress, live, on localhost only.',
      load: async () => (await import('./commands/watch.ts')).watchCommand,
    },
    memory: {
      summary: 'Shows for how long each cell can remember: the classic memory tasks.',
      load: async () => (await import('./commands/memory.ts')).memoryCommand,
    },
    recall: {
      summary: 'Trains one cell on one memory task.',
      load: async () => (await import('./commands/recall.ts')).recallCommand,
    },
  },
};
